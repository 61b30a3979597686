import type { Pod } from '../../kube/generated/core-v1.ts'

/** Neither finished nor on its way out: the pods that count towards a replica number. */
export const isActive = (pod: Pod): boolean =>
  pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && !pod.metadata.deletionTimestamp

const readyCondition = (pod: Pod) => pod.status?.conditions?.find(condition => condition.type === 'Ready')

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === 'True'

/** When the pod last became ready, in milliseconds; undefined while it is not. */
export function readySince(pod: Pod): number | undefined {
  const condition = readyCondition(pod)
  if (condition?.status !== 'True') return undefined
  return Date.parse(condition.lastTransitionTime ?? pod.metadata.creationTimestamp)
}

/** Ready for at least `minReadySeconds`; 0 when available now, undefined when not ready, else the wait in milliseconds. */
export function availableInMs(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const since = readySince(pod)
  if (since === undefined) return undefined
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1000 - now)
}

/** Restarts of the container that restarted most. */
export const maxRestarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map(status => status.restartCount))
