import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, failure, type Target } from '../testing.ts'
import { policyTarget, writesOf } from './testing.ts'

let api: ApiServer
const { ask, create } = asking(() => api)
beforeEach(async () => {
  api = await createApiServer({ clock: new RealClock(), log: silentLog, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const policies = policyTarget('validatingadmissionpolicies')
const bindings = policyTarget('validatingadmissionpolicybindings')
const eve = { username: 'eve', groups: ['system:authenticated'] }
const shown = '&{eve  [system:authenticated] map[]}'
const asEve = (target: Target, name: string, spec: object) =>
  failure(ask(target, 'create', name, { user: eve, body: { metadata: { name }, spec } }))

const policy = {
  paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  matchConstraints: writesOf('secrets'),
  validations: [{ expression: 'true' }],
}
const binding = (paramRef: object) => ({
  policyName: 'p',
  validationActions: ['Deny'],
  paramRef: { parameterNotFoundAction: 'Deny', ...paramRef },
})

it('refuses policies and bindings that would read what their author may not', async () => {
  expect(await asEve(policies, 'p', policy)).toContain(
    `spec.paramKind: Forbidden: user ${shown} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)`,
  )
  expect(await asEve(bindings, 'b', binding({ name: 'x' }))).toContain(
    `spec.paramRef: Forbidden: unable to get policy p to determine minimum required permissions and user ${shown} does not have "get" permission for all groups, versions and resources`,
  )
  await create(policies, 'p', { spec: policy })
  expect(await asEve(bindings, 'b', binding({ name: 'x', namespace: 'a' }))).toContain(
    `user ${shown} does not have "get" permission on the object referenced by paramRef`,
  )
  expect(await asEve(bindings, 'b', binding({ selector: {} }))).toContain('does not have "list" permission')
})

it('takes them from who may', async () => {
  const rbac = (plural: string, namespace?: string) => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural,
    namespace,
  })
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]
  await create(rbac('clusterroles'), 'reader', { rules })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' }
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }]
  await create(rbac('clusterrolebindings'), 'eve', { roleRef, subjects })
  expect(await asEve(policies, 'p', policy)).toBe('no failure')
  expect(await asEve(bindings, 'b', binding({ name: 'x' }))).toBe('no failure')
})
