import { type Access, kernelAccess } from '../../kernel/access.ts'
import type { Capability } from '../../kernel/capability.ts'
import { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import { Lease } from '../../kube/generated/coordination-v1.ts'
import { Event } from '../../kube/generated/core-v1.ts'
import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import { groupResourceOf } from '../../kube/kind.ts'
import type { Manifest } from './manifest.ts'
import { rulesFor, scopedTo } from './rules.ts'

const RBAC = 'rbac.authorization.k8s.io'
const EVERY_VERB = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const

export interface RoleOptions {
  capabilities: readonly Capability[]
  namespace: string
  /** The namespaces whose objects it may change, or all. */
  manage: readonly string[] | 'all'
}

/** Who may do what: as little as the capabilities declare, and only where they are to act. */
export function rolesOf({ capabilities, namespace, manage }: RoleOptions): Manifest[] {
  const access = [...capabilities.flatMap(({ access = [] }) => access), ...kernelAccess]
  const kept = access.filter(
    ({ kinds }) => !kinds.includes(Lease) && !kinds.includes(CustomResourceDefinition),
  )
  const owned = capabilities.flatMap(({ kinds = [] }) => kinds.map(({ kind }) => kind))
  const writesAny = capabilities.some(({ writesAnyKind }) => writesAnyKind)
  const applied: Access[] = writesAny
    ? [{ kinds: owned.filter(({ namespaced }) => namespaced), verbs: EVERY_VERB }]
    : []
  const subject = { kind: 'ServiceAccount', name: 'drave', namespace }
  const bound = (kind: 'Role' | 'ClusterRole', name: string) => ({
    roleRef: { apiGroup: RBAC, kind, name },
    subjects: [subject],
  })
  const cluster = (name: string, role: string) =>
    rbac('ClusterRoleBinding', { name }, bound('ClusterRole', role))
  const within = (place: string, name: string, role: string) =>
    rbac('RoleBinding', { name, namespace: place }, bound('ClusterRole', role))

  const common = [
    rbac(
      'ClusterRole',
      { name: 'drave' },
      { rules: [...definitions(owned), ...rulesFor(scopedTo(false, kept))] },
    ),
    cluster('drave', 'drave'),
    rbac('ClusterRole', { name: 'drave-namespaced' }, { rules: rulesFor(scopedTo(true, kept)) }),
    rbac('Role', { name: 'drave-leader', namespace }, { rules: rulesFor(leases()) }),
    rbac('RoleBinding', { name: 'drave-leader', namespace }, bound('Role', 'drave-leader')),
  ]
  if (manage === 'all')
    return [
      ...common,
      cluster('drave-namespaced', 'drave-namespaced'),
      ...(writesAny ? [cluster('drave-applied', 'cluster-admin')] : []),
    ]
  const own = new Set([namespace, ...capabilities.flatMap(({ namespaces = [] }) => namespaces)])
  return [
    ...common,
    ...[...new Set([...own, ...manage])].map(place => within(place, 'drave-namespaced', 'drave-namespaced')),
    // Events of objects that are in no namespace are kept in this one.
    rbac(
      'Role',
      { name: 'drave-events', namespace: 'default' },
      { rules: rulesFor(kernelAccess.filter(({ kinds }) => kinds.includes(Event))) },
    ),
    rbac('RoleBinding', { name: 'drave-events', namespace: 'default' }, bound('Role', 'drave-events')),
    ...(writesAny
      ? [
          rbac('ClusterRole', { name: 'drave-applied' }, { rules: rulesFor(applied) }),
          ...manage.flatMap(place => [
            within(place, 'drave-applied', 'drave-applied'),
            // Kubernetes' own role for all that one finds in a namespace.
            within(place, 'drave-admin', 'admin'),
          ]),
        ]
      : []),
  ]
}

/** Definitions can be made whatever their name; only ours are changed. */
function definitions(owned: readonly { group: string; plural: string }[]): PolicyRule[] {
  const where = { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] }
  return [
    { ...where, verbs: ['create'] },
    { ...where, resourceNames: owned.map(groupResourceOf).sort(), verbs: ['get', 'update'] },
  ]
}

const leases = (): Access[] => kernelAccess.filter(({ kinds }) => kinds.includes(Lease))

const rbac = (kind: string, metadata: Manifest['metadata'], content: object): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata,
  ...content,
})
