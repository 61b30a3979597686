import { copyJson } from '../../kube/copy.ts'
import type { ClusterRole, ClusterRoleBinding } from '../../kube/generated/rbac-v1.ts'
import type { Draft } from '../../kube/object.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/status.ts'
import { MASTERS } from '../auth/users.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { ApiRequest } from '../request.ts'
import { aggregatedRules } from './aggregation.ts'
import { GROUP } from './authorizer.ts'
import { bootstrapPolicy, reconciledBinding, reconciledRole } from './bootstrap-policy.ts'

type Drafted = { metadata: { name?: string | undefined; namespace?: string | undefined } }

/** Makes sure that every cluster's roles and bindings are there and hold what they should; nothing is taken away. */
export async function reconcilePolicy(core: Core): Promise<void> {
  const policy = bootstrapPolicy()
  // With what aggregation would make of them, so that it has nothing to do at the first start.
  const roles = expanded(policy.clusterRoles)
  const wanted = [
    ...roles.map(object => ({ plural: 'clusterroles', object, expected: withoutAggregated(object) })),
    ...policy.roles.map(object => ({ plural: 'roles', object, expected: object })),
    ...policy.clusterRoleBindings.map(object => ({
      plural: 'clusterrolebindings',
      object,
      expected: object,
    })),
    ...policy.roleBindings.map(object => ({ plural: 'rolebindings', object, expected: object })),
  ]
  await Promise.all(wanted.map(one => reconcile(core, one.plural, one.object, one.expected)))
}

/** Makes sure of one more role, of something that is served only at times. */
export const ensureClusterRole = (core: Core, role: Draft<ClusterRole>): Promise<void> =>
  reconcile(core, 'clusterroles', role, role)

type Drafts = ReturnType<typeof bootstrapPolicy>['clusterRoles']

/** `admin` takes in `edit`, which takes in `view`: each round settles one more level. */
function expanded(roles: Drafts): Drafts {
  const isAggregated = (role: Drafts[number]) => role.aggregationRule !== undefined
  const settle = (before: Drafts) =>
    before.map(role => (isAggregated(role) ? { ...role, rules: aggregatedRules(role, before) } : role))
  return roles.filter(isAggregated).reduce(settle, roles)
}

/** Rules that aggregation makes are not the policy's to want. */
const withoutAggregated = (role: Drafts[number]): Drafts[number] =>
  role.aggregationRule ? { ...role, rules: [] } : role

async function reconcile(core: Core, plural: string, object: Drafted, expected: Drafted): Promise<void> {
  const { name = '', namespace = '' } = object.metadata
  const request = {
    user: { username: 'system:apiserver', groups: [MASTERS] },
    group: GROUP,
    version: 'v1',
    plural,
    namespace: namespace || undefined,
    name,
    options: { fieldManager: 'kube-apiserver' },
    // A test looks at all of it; at a first start that would take much of the time.
    vetted: true,
  } as const
  const live = core.store.get(`${GROUP}/${plural}`, namespace, name)?.object
  if (!live) {
    await tolerating(dispatch(core, { ...request, verb: 'create', body: copyJson(object) }))
    return
  }
  const update = (body: unknown): ApiRequest => ({ ...request, verb: 'update', body: copyJson(body) })
  if (plural.endsWith('roles')) {
    // Kinds follow from the plural names.
    const role = reconciledRole(live as ClusterRole, expected as ClusterRole)
    if (role) await tolerating(dispatch(core, update(role)))
    return
  }
  const result = reconciledBinding(live as ClusterRoleBinding, expected as ClusterRoleBinding)
  if (result.change === 'update') await tolerating(dispatch(core, update(result.binding)))
  if (result.change !== 'replace') return
  const { uid: _uid, resourceVersion: _version, ...metadata } = result.binding.metadata
  await tolerating(dispatch(core, { ...request, verb: 'delete' }))
  await tolerating(
    dispatch(core, { ...request, verb: 'create', body: copyJson({ ...result.binding, metadata }) }),
  )
}

/** Several servers may do this at the same time on one store. */
async function tolerating(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
  }
}
