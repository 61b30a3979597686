import type { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS } from './annotations.ts'
import { boundsOf, byAge, isRollingUpdate, sumWanted, wantedReplicas } from './rolling-update.ts'
import type { Generations } from './revisions.ts'

/** `spec.replicas` was changed while ReplicaSets still carry the number of before. */
export const isScaled = (deployment: Deployment, replicaSets: readonly ReplicaSet[]): boolean =>
  replicaSets.some(replicaSet => {
    const desired = replicaSet.metadata.annotations?.[DESIRED_REPLICAS]
    return (
      wantedReplicas(replicaSet) > 0 &&
      desired !== undefined &&
      Number(desired) !== wantedReplicas(deployment)
    )
  })

/** The sizes, by name, that a changed number of replicas leads to: in proportion while a rollout is under way. */
export function scaledSizes(deployment: Deployment, { fresh, old }: Generations): Map<string, number> {
  const wanted = wantedReplicas(deployment)
  const active = [...old, ...(fresh ? [fresh] : [])].filter(replicaSet => wantedReplicas(replicaSet) > 0)
  const single = active.length === 0 ? fresh : active.length === 1 ? active[0] : undefined
  if (single) return new Map([[single.metadata.name, wanted]])
  if (fresh && isSaturated(deployment, fresh))
    return new Map(old.filter(each => wantedReplicas(each) > 0).map(({ metadata }) => [metadata.name, 0]))
  return isRollingUpdate(deployment) ? inProportion(deployment, active) : new Map()
}

/** The new ReplicaSet has everything it was meant to have, and all of it is available. */
const isSaturated = (deployment: Deployment, fresh: ReplicaSet): boolean =>
  wantedReplicas(fresh) === wantedReplicas(deployment) &&
  Number(fresh.metadata.annotations?.[DESIRED_REPLICAS]) === wantedReplicas(deployment) &&
  fresh.status?.availableReplicas === wantedReplicas(deployment)

function inProportion(deployment: Deployment, active: readonly ReplicaSet[]): Map<string, number> {
  const wanted = wantedReplicas(deployment)
  const allowed = wanted > 0 ? wanted + boundsOf(deployment).maxSurge : 0
  const toAdd = allowed - sumWanted(active)
  // Growing favours the newer of equally large ones, shrinking the older.
  const order = [...active].sort(
    (a, b) => wantedReplicas(b) - wantedReplicas(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)),
  )
  const sizes = new Map<string, number>()
  let added = 0
  for (const replicaSet of order) {
    const share = shareOf(deployment, replicaSet)
    const part = toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added)
    sizes.set(replicaSet.metadata.name, wantedReplicas(replicaSet) + (toAdd === 0 ? 0 : part))
    if (toAdd !== 0) added += part
  }
  const [largest] = order
  // What rounding left over goes to the largest.
  if (largest && added !== toAdd) {
    const size = sizes.get(largest.metadata.name) ?? 0
    sizes.set(largest.metadata.name, Math.max(0, size + toAdd - added))
  }
  return sizes
}

/** How many pods one ReplicaSet gains (or loses) to keep its share of the whole. */
function shareOf(deployment: Deployment, replicaSet: ReplicaSet): number {
  const wanted = wantedReplicas(deployment)
  const size = wantedReplicas(replicaSet)
  if (wanted === 0) return -size
  const annotated = Number(replicaSet.metadata.annotations?.[MAX_REPLICAS] ?? 0)
  const before = annotated || deployment.status?.replicas || 0
  if (before === 0) return 0
  return Math.round((size * (wanted + boundsOf(deployment).maxSurge)) / before) - size
}
