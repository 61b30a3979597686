import type {
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
} from '../../kube/generated/rbac-v1.ts'
import { MASTERS } from '../auth/users.ts'
import type { UserInfo } from '../request.ts'
import type { Store } from '../store/store.ts'
import type { Attributes, Decision } from './attributes.ts'
import { describeGrant, Grants } from './grants.ts'
import { ruleAllows } from './rule-allows.ts'

export const GROUP = 'rbac.authorization.k8s.io'
export const CLUSTER_ROLES = `${GROUP}/clusterroles`
const ROLES = `${GROUP}/roles`
const BINDINGS = new Set([`${GROUP}/rolebindings`, `${GROUP}/clusterrolebindings`])

/** The rules that a user has, and why some of them could not be found. */
export interface UserRules {
  rules: readonly PolicyRule[]
  errors: readonly string[]
}

/** Role based access control over the roles and bindings of a store, with the `system:masters` bypass. */
export class RbacAuthorizer {
  readonly #store: Store
  /** Whether what no role allows is allowed all the same. */
  readonly allowsEverything: boolean
  readonly #grants = new Grants()

  /** Follows the bindings from then on. */
  constructor(store: Store, { alwaysAllow = false }: { alwaysAllow?: boolean | undefined } = {}) {
    this.#store = store
    this.allowsEverything = alwaysAllow
    for (const resource of BINDINGS)
      for (const { object } of store.cache(resource).select({ namespace: undefined, matches: undefined }))
        this.#grants.set(asBinding(object))
    store.onChange((resource, { type, stored }) => {
      if (!BINDINGS.has(resource)) return
      if (type === 'DELETED') this.#grants.delete(asBinding(stored.object))
      else this.#grants.set(asBinding(stored.object))
    })
  }

  authorize(asked: Attributes): Decision {
    const { user } = asked
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' }
    const namespace = 'path' in asked ? '' : asked.namespace
    let errors: Set<string> | undefined
    for (const grant of this.#grants.of(user, namespace)) {
      const rules = this.rulesOf(grant.roleRef, grant.binding.namespace)
      if (typeof rules === 'string') {
        errors ??= new Set()
        errors.add(rules)
      } else if (rules.some(rule => ruleAllows(rule, asked)))
        return { allowed: true, reason: `RBAC: allowed by ${describeGrant(grant)}` }
    }
    if (this.allowsEverything) return { allowed: true, reason: '' }
    return { allowed: false, reason: errors ? `RBAC: ${aggregated([...errors])}` : '' }
  }

  /** All rules of a user in a namespace (empty: those that hold everywhere). */
  rulesFor(user: UserInfo, namespace: string): UserRules {
    const rules: PolicyRule[] = []
    const errors = new Set<string>()
    for (const grant of this.#grants.of(user, namespace)) {
      const found = this.rulesOf(grant.roleRef, grant.binding.namespace)
      if (typeof found === 'string') errors.add(found)
      else rules.push(...found)
    }
    return { rules, errors: [...errors] }
  }

  /** The rules of the role that a binding in the namespace refers to, or what is wrong with the reference. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | string {
    if (kind !== 'Role' && kind !== 'ClusterRole')
      return `unsupported role reference kind: ${JSON.stringify(kind)}`
    const role =
      kind === 'Role' ? this.#store.get(ROLES, namespace, name) : this.#store.get(CLUSTER_ROLES, '', name)
    if (!role) return `${kind.toLowerCase()}.${GROUP} ${JSON.stringify(name)} not found`
    // Only roles are kept there.
    return (role.object as Role).rules ?? []
  }
}

// Only bindings are kept under those names.
const asBinding = (object: unknown) => object as RoleBinding | ClusterRoleBinding

/** Several errors in the form of apimachinery's Aggregate. */
export const aggregated = (errors: readonly string[]): string =>
  errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`
