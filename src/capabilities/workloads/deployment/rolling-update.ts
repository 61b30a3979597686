import type { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'

/** The two bounds of a rolling update, in pods. */
export interface Bounds {
  maxSurge: number
  maxUnavailable: number
}

export const isRollingUpdate = (deployment: Deployment): boolean =>
  deployment.spec.strategy?.type !== 'Recreate'

export const wantedReplicas = (object: Deployment | ReplicaSet): number => object.spec.replicas ?? 1

/** Sum of what the ReplicaSets ask for. */
export const sumWanted = (replicaSets: readonly ReplicaSet[]): number =>
  replicaSets.reduce((sum, replicaSet) => sum + wantedReplicas(replicaSet), 0)

export const sumAvailable = (replicaSets: readonly ReplicaSet[]): number =>
  replicaSets.reduce((sum, replicaSet) => sum + (replicaSet.status?.availableReplicas ?? 0), 0)

/** A number, or a percentage of `total`. */
function scaled(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)
  return percent ? round((Number(percent[1]) * total) / 100) : Number(value) || 0
}

/**
 * Surge rounds up and unavailability down; where both come to nothing one pod may be unavailable, else nothing could
 * ever move (upstream's ResolveFenceposts).
 */
export function boundsOf(deployment: Deployment): Bounds {
  const replicas = wantedReplicas(deployment)
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 }
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {}
  const surge = scaled(maxSurge, replicas, Math.ceil)
  const unavailable = scaled(maxUnavailable, replicas, Math.floor)
  const floor = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { maxSurge: surge, maxUnavailable: Math.min(floor, replicas) }
}

/** The size of the new ReplicaSet now. `all` includes it; `current` is 0 while it does not exist. */
export function newSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = wantedReplicas(deployment)
  if (!isRollingUpdate(deployment) || current > wanted) return wanted
  const room = wanted + boundsOf(deployment).maxSurge - sumWanted(all)
  return room <= 0 ? current : current + Math.min(room, wanted - current)
}

/** The sizes that old ReplicaSets shrink to, by name; those that stay are not listed. */
export function shrinkOld(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  fresh: ReplicaSet,
): Map<string, number> {
  const sizes = new Map<string, number>()
  if (sumWanted(old) === 0) return sizes
  const all = [...old, fresh]
  const minAvailable = wantedReplicas(deployment) - boundsOf(deployment).maxUnavailable
  const freshUnavailable = wantedReplicas(fresh) - (fresh.status?.availableReplicas ?? 0)
  const room = sumWanted(all) - minAvailable - freshUnavailable
  if (room <= 0) return sizes
  const oldestFirst = [...old].sort(byAge)
  dropUnhealthy(oldestFirst, room, sizes)
  dropAvailable(oldestFirst, sumAvailable(all) - minAvailable, sizes)
  return sizes
}

/** Pods that are not available go first: nobody misses them. */
function dropUnhealthy(old: readonly ReplicaSet[], room: number, sizes: Map<string, number>): void {
  let dropped = 0
  for (const replicaSet of old) {
    const size = wantedReplicas(replicaSet)
    const count = Math.min(room - dropped, size - (replicaSet.status?.availableReplicas ?? 0))
    if (size === 0 || count <= 0) continue
    sizes.set(replicaSet.metadata.name, size - count)
    dropped += count
  }
}

/** Then as many as are available beyond the minimum. */
function dropAvailable(old: readonly ReplicaSet[], surplus: number, sizes: Map<string, number>): void {
  let left = surplus
  for (const replicaSet of old) {
    const size = sizes.get(replicaSet.metadata.name) ?? wantedReplicas(replicaSet)
    if (left <= 0 || size === 0) continue
    const count = Math.min(size, left)
    sizes.set(replicaSet.metadata.name, size - count)
    left -= count
  }
}

/** Oldest first, then by name. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (first !== second) return first < second ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}
