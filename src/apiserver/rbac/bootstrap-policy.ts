import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../kube/generated/rbac-v1.ts'
import { loadData } from '../../kube/data.ts'
import { equalJson } from '../../kube/copy.ts'
import type { Draft } from '../../kube/object.ts'
import { missingRules } from './rules-cover.ts'

/** The roles and bindings of every cluster, as upstream's bootstrap policy has them. */
export interface BootstrapPolicy {
  clusterRoles: readonly Draft<ClusterRole>[]
  clusterRoleBindings: readonly Draft<ClusterRoleBinding>[]
  roles: readonly Draft<Role>[]
  roleBindings: readonly Draft<RoleBinding>[]
}

// Written by tools/generate/bootstrap-policy.mjs in this shape.
export const bootstrapPolicy = () => loadData('kubernetes/bootstrap-policy.json') as BootstrapPolicy

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate'

type AnyRole = Draft<ClusterRole> & { rules?: PolicyRule[] | undefined }
type AnyBinding = Draft<ClusterRoleBinding>

/** The role with what the policy wants and it lacks; undefined where it is complete, or protected by its annotation. */
export function reconciledRole<T extends AnyRole>(live: T, wanted: AnyRole): T | undefined {
  const metadata = reconciledMetadata(live, wanted)
  if (!metadata) return undefined
  const rules = live.rules ?? []
  const added = equalJson(rules, wanted.rules ?? []) ? [] : missingRules(rules, wanted.rules ?? [])
  const selectors = live.aggregationRule?.clusterRoleSelectors ?? []
  const lacking = (wanted.aggregationRule?.clusterRoleSelectors ?? []).filter(
    selector => !selectors.some(known => equalJson(known, selector)),
  )
  if (added.length === 0 && lacking.length === 0 && equalJson(metadata, live.metadata)) return undefined
  return {
    ...live,
    metadata,
    ...(added.length > 0 ? { rules: [...rules, ...added] } : {}),
    ...(lacking.length > 0 ? { aggregationRule: { clusterRoleSelectors: [...selectors, ...lacking] } } : {}),
  }
}

/** The binding with the subjects that it lacks; `replace` where it refers to another role, which cannot change. */
export function reconciledBinding<T extends AnyBinding>(
  live: T,
  wanted: AnyBinding,
): { change: 'none' } | { change: 'update' | 'replace'; binding: T } {
  const metadata = reconciledMetadata(live, wanted)
  if (!metadata) return { change: 'none' }
  const subjects = live.subjects ?? []
  const lacking = (wanted.subjects ?? []).filter(
    subject => !subjects.some(known => sameSubject(known, subject)),
  )
  const { kind, name } = wanted.roleRef
  const isSame = live.roleRef.kind === kind && live.roleRef.name === name
  if (isSame && lacking.length === 0 && equalJson(metadata, live.metadata)) return { change: 'none' }
  const binding = { ...live, metadata, roleRef: wanted.roleRef, subjects: [...subjects, ...lacking] }
  return { change: isSame ? 'update' : 'replace', binding }
}

const sameSubject = (one: Subject, other: Subject) =>
  one.kind === other.kind && one.name === other.name && (one.namespace ?? '') === (other.namespace ?? '')

/** The metadata with the wanted labels and annotations; undefined where the object must be left alone. */
function reconciledMetadata<T extends AnyRole | AnyBinding>(live: T, wanted: AnyRole | AnyBinding) {
  const { labels, annotations } = live.metadata
  if (annotations?.[AUTOUPDATE] === 'false') return undefined
  return {
    ...live.metadata,
    annotations: { ...wanted.metadata.annotations, ...annotations },
    ...(labels || wanted.metadata.labels ? { labels: { ...wanted.metadata.labels, ...labels } } : {}),
  }
}
