import type { Pod } from '../../../kube/generated/core-v1.ts'
import { qosClassOf } from '../../../kube/pod-qos.ts'

/** A resize that waits. */
export interface PendingResize {
  asked: Pod
  /** Whether it asks for more than it is allocated. */
  grows: boolean
  since: number | undefined
}

/** Which of two waiting resizes is tried first: one that gives back, then by priority, by quality of service, by waiting time. As the kubelet's. */
export function comparePending(a: PendingResize, b: PendingResize): number {
  if (a.grows !== b.grows) return a.grows ? 1 : -1
  const priority = (b.asked.spec.priority ?? 0) - (a.asked.spec.priority ?? 0)
  if (priority !== 0) return priority
  const rank = ({ asked }: PendingResize) => (qosClassOf(asked.spec) === 'Guaranteed' ? 0 : 1)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  return (a.since ?? Infinity) - (b.since ?? Infinity)
}
