import type { KubeObject } from '../../../kube/object.ts'
import {
  type ConditionLike,
  conditionOf,
  degraded,
  type Health,
  healthy,
  progressing,
} from './health-status.ts'

/** What of a Gateway API object is looked at; the kinds belong to another capability. */
export interface GatewayLike extends KubeObject {
  status?:
    | {
        conditions?: ConditionLike[] | undefined
        parents?: { parentRef: { name: string }; conditions?: ConditionLike[] | undefined }[] | undefined
      }
    | undefined
}

export function gatewayHealth(gateway: GatewayLike): Health {
  return fromConditions(gateway.status?.conditions, ['Accepted', 'Programmed'], 'Gateway')
}

/** Every parent must have accepted the route and resolved its references. */
export function httpRouteHealth(route: GatewayLike): Health {
  const parents = route.status?.parents ?? []
  if (parents.length === 0) return progressing('Waiting for a Gateway to accept the route')
  const results = parents.map(parent =>
    fromConditions(parent.conditions, ['Accepted', 'ResolvedRefs'], `Parent ${parent.parentRef.name}`),
  )
  return (
    results.find(result => result.status === 'Degraded') ??
    results.find(result => result.status === 'Progressing') ??
    healthy()
  )
}

function fromConditions(
  conditions: readonly ConditionLike[] | undefined,
  types: readonly string[],
  subject: string,
): Health {
  for (const type of types) {
    const condition = conditionOf(conditions, type)
    if (condition?.status === 'False')
      return condition.reason === 'Pending'
        ? progressing(condition.message)
        : degraded(`${subject}: ${condition.message || condition.reason || `${type} is False`}`)
  }
  const open = types.find(type => conditionOf(conditions, type)?.status !== 'True')
  return open === undefined ? healthy() : progressing(`${subject}: waiting for condition ${open}`)
}
