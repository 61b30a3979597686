import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { byDeletionOrder, crowdingOf } from '../replicaset/deletion-rank.ts'
import { completionIndexOf, isIndexed } from './job-facts.ts'

/** At least `count` active pods to delete: those without a valid index or beside another of theirs in any case. */
export function surplusPods(job: Job, active: readonly Pod[], count: number, now: number): Pod[] {
  const inOrder = byDeletionOrder(active, crowdingOf([]), now)
  if (!isIndexed(job)) return inOrder.slice(0, count)
  const completions = job.spec.completions ?? 0
  const best = new Map<number, Pod>()
  for (const pod of inOrder) {
    const index = completionIndexOf(pod)
    // The last in deletion order is the one worth keeping.
    if (index !== undefined && index < completions) best.set(index, pod)
  }
  const kept = new Set(best.values())
  const remove = inOrder.filter(pod => !kept.has(pod))
  const left = inOrder.filter(pod => kept.has(pod))
  return [...remove, ...left.slice(0, Math.max(0, count - remove.length))]
}
