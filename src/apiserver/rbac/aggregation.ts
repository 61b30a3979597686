import { equalJson } from '../../kube/copy.ts'
import type { ClusterRole, PolicyRule } from '../../kube/generated/rbac-v1.ts'
import { matchesLabelSelector } from '../../kube/selectors.ts'
import { Later } from '../later.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import { MASTERS } from '../auth/users.ts'
import { CLUSTER_ROLES, GROUP } from './authorizer.ts'

type AggregatedRole = Pick<ClusterRole, 'aggregationRule' | 'rules'> & {
  metadata: { name?: string | undefined; labels?: Readonly<Record<string, string>> | undefined }
}

/** The rules of an aggregated role: those of the roles that its selectors find, by name, each once. */
export function aggregatedRules(
  { metadata, aggregationRule }: AggregatedRole,
  roles: readonly AggregatedRole[],
): PolicyRule[] {
  const selectors = aggregationRule?.clusterRoleSelectors ?? []
  const rules = new Map<string, PolicyRule>()
  for (const selector of selectors) {
    const found = roles
      .filter(role => role.metadata.name !== metadata.name)
      .filter(role => matchesLabelSelector(selector, role.metadata.labels ?? {}))
      .sort((one, other) => ((one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1))
    for (const role of found)
      for (const rule of role.rules ?? []) {
        const key = JSON.stringify(rule)
        if (!rules.has(key)) rules.set(key, rule)
      }
  }
  return [...rules.values()]
}

/** Keeps the rules of aggregated ClusterRoles what their selectors make of them, as upstream's controller does. */
export class ClusterRoleAggregation {
  readonly #core: Core

  /** Follows the roles from then on. */
  constructor(core: Core) {
    this.#core = core
    const later = new Later(
      () => this.#run(),
      error => core.log.warn({ err: error }, 'cluster roles could not be aggregated'),
    )
    core.store.onChange(resource => {
      if (resource === CLUSTER_ROLES) later.wake()
    })
  }

  async #run(): Promise<void> {
    const everything = { namespace: undefined, matches: undefined }
    // Only ClusterRoles are kept there.
    const roles = [...this.#core.store.cache(CLUSTER_ROLES).select(everything)].map(
      ({ object }) => object as ClusterRole,
    )
    const aggregated = roles.filter(role => role.aggregationRule && !role.metadata.deletionTimestamp)
    await Promise.all(aggregated.map(role => this.#settle(role, aggregatedRules(role, roles))))
  }

  async #settle(role: ClusterRole, rules: readonly PolicyRule[]): Promise<void> {
    if (equalJson(role.rules ?? [], rules)) return
    await dispatch(this.#core, {
      user: {
        username: 'system:serviceaccount:kube-system:clusterrole-aggregation-controller',
        groups: [MASTERS],
      },
      verb: 'patch',
      patchType: 'merge',
      group: GROUP,
      version: 'v1',
      plural: 'clusterroles',
      name: role.metadata.name,
      body: { rules },
      options: { fieldManager: 'clusterrole-aggregation-controller' },
    })
  }
}
