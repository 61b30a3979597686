import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, failure, type Target } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const rbac = (plural: string, namespace?: string): Target => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  namespace,
})
const roleRef = (name: string, kind = 'ClusterRole') => ({
  apiGroup: 'rbac.authorization.k8s.io',
  kind,
  name,
})
const eve = { username: 'eve', groups: ['system:authenticated'] }
const readsPods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }

async function may(user: object, resourceAttributes: object) {
  const target = { group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews' }
  const { status } = await ask(target, 'create', undefined, {
    body: { spec: { ...user, resourceAttributes } },
  })
  return status
}

it('grants to users, groups and accounts of a namespace, and takes away at once', async () => {
  await create(rbac('roles', 'default'), 'reader', { rules: [readsPods] })
  const subjects = [
    { kind: 'User', name: 'eve' },
    { kind: 'Group', name: 'team' },
    { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
  ]
  await create(rbac('rolebindings', 'default'), 'b', { roleRef: roleRef('reader', 'Role'), subjects })
  const pods = { verb: 'get', resource: 'pods', namespace: 'default' }
  expect(await may({ user: 'eve' }, pods)).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "b/default" of Role "reader" to User "eve"',
  })
  expect(await may({ user: 'x', groups: ['team'] }, pods)).toMatchObject({ allowed: true })
  expect(await may({ user: 'system:serviceaccount:default:robot' }, pods)).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "b/default" of Role "reader" to ServiceAccount "robot/default"',
  })
  expect(await may({ user: 'eve' }, { ...pods, namespace: 'kube-system' })).toEqual({ allowed: false })
  await ask(rbac('rolebindings', 'default'), 'patch', 'b', { body: { subjects: subjects.slice(1) } })
  expect(await may({ user: 'eve' }, pods)).toEqual({ allowed: false })
  await ask(rbac('roles', 'default'), 'delete', 'reader')
  expect(await may({ user: 'x', groups: ['team'] }, pods)).toEqual({
    allowed: false,
    reason: 'RBAC: role.rbac.authorization.k8s.io "reader" not found',
  })
})

it('has the roles of every cluster, and those that are made of others follow them', async () => {
  const view = async () => JSON.stringify(await ask(rbac('clusterroles'), 'get', 'view'))
  expect(await view()).toContain('horizontalpodautoscalers')
  expect(JSON.stringify(await ask(rbac('clusterroles'), 'get', 'admin'))).toContain(
    'localsubjectaccessreviews',
  )
  await create(rbac('clusterroles'), 'more', {
    metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] }],
  })
  await expect.poll(view).toContain('widgets')
})

it('lets nobody grant what they do not hold', async () => {
  const writer = { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['create', 'update'] }
  await create(rbac('clusterroles'), 'writer', { rules: [writer, readsPods] })
  await create(rbac('clusterrolebindings'), 'eve', {
    roleRef: roleRef('writer'),
    subjects: [{ kind: 'User', name: 'eve' }],
  })
  const asEve = (plural: string, name: string, body: object) =>
    ask(rbac(plural), 'create', name, { user: eve, body: { metadata: { name }, ...body } })
  await asEve('clusterroles', 'fine', { rules: [readsPods] })
  expect(
    await failure(asEve('clusterroles', 'more', { rules: [{ ...readsPods, verbs: ['get', 'list'] }] })),
  ).toBe(
    `403 Forbidden: clusterroles.rbac.authorization.k8s.io "more" is forbidden: user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["list"]}`,
  )
  const bind = (name: string) =>
    asEve('clusterrolebindings', `to-${name}`, {
      roleRef: roleRef(name),
      subjects: [{ kind: 'User', name: 'z' }],
    })
  await bind('fine')
  expect(await failure(bind('view'))).toMatch(/^403 Forbidden: .*not currently held/)
  expect(await failure(bind('gone'))).toBe(
    '404 NotFound: clusterrolebindings.rbac.authorization.k8s.io "gone" not found',
  )
  await ask(rbac('clusterroles'), 'patch', 'writer', {
    body: { rules: [{ ...writer, verbs: [...writer.verbs, 'bind', 'escalate'] }] },
  })
  await bind('view')
  await asEve('clusterroles', 'more', { rules: [{ ...readsPods, verbs: ['list'] }] })
})

it('lets nobody create by an update or an apply who may only change', async () => {
  const changes = { apiGroups: [''], resources: ['configmaps', 'services'], verbs: ['update', 'patch'] }
  await create(rbac('clusterroles'), 'changer', { rules: [changes] })
  await create(rbac('clusterrolebindings'), 'b', {
    roleRef: roleRef('changer'),
    subjects: [{ kind: 'User', name: 'eve' }],
  })
  const at = (plural: string) => ({ group: '', version: 'v1', plural, namespace: 'default' })
  const service = { body: { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } } }
  const applied = { body: { data: {} }, patchType: 'apply', options: { fieldManager: 'm' } } as const
  const cannot = (plural: string) =>
    `403 Forbidden: ${plural} "a" is forbidden: User "eve" cannot create resource "${plural}" in API group "" in the namespace "default"`
  expect(await failure(ask(at('services'), 'update', 'a', { ...service, user: eve }))).toBe(
    cannot('services'),
  )
  expect(await failure(ask(at('configmaps'), 'patch', 'a', { ...applied, user: eve }))).toBe(
    cannot('configmaps'),
  )
  expect((await ask(at('services'), 'update', 'a', service)).metadata).toMatchObject({ name: 'a' })
  await ask(at('configmaps'), 'patch', 'a', applied)
  expect(await failure(ask(at('configmaps'), 'patch', 'a', { ...applied, user: eve }))).toBe('no failure')
  expect(await failure(ask(at('configmaps'), 'update', 'b', { body: { data: {} } }))).toMatch(/^404/)
})
