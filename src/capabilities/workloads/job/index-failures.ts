import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { finishedAt } from './back-off.ts'
import { completionIndexOf, isPodFailed } from './job-facts.ts'
import { judgeFailure } from './pod-failure-policy.ts'

const FAILURES = 'batch.kubernetes.io/job-index-failure-count'
const IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count'

const countOf = ({ metadata }: Pod, annotation: string): number => {
  const text = metadata.annotations?.[annotation] ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}

/** Failures of the index before this pod, ignored ones included. */
export const failuresBefore = (pod: Pod): number => countOf(pod, FAILURES) + countOf(pod, IGNORED_FAILURES)

/** Whether this pod's failure is the one too many for its index, or fails it by policy. */
export function failsIndex(job: Job, pod: Pod): boolean {
  if (!isPodFailed(pod, job)) return false
  const { action, isCounted } = judgeFailure(job.spec.podFailurePolicy, pod)
  if (action === 'FailIndex') return true
  return isCounted && countOf(pod, FAILURES) >= (job.spec.backoffLimitPerIndex ?? Infinity)
}

/** The annotations by which the next pod of an index knows how often it failed. */
export function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [FAILURES]: '0' }
  const { isCounted } = judgeFailure(job.spec.podFailurePolicy, replaced)
  const counted = countOf(replaced, FAILURES) + (isCounted ? 1 : 0)
  const ignored = countOf(replaced, IGNORED_FAILURES) + (isCounted ? 0 : 1)
  return { [FAILURES]: String(counted), ...(ignored > 0 ? { [IGNORED_FAILURES]: String(ignored) } : {}) }
}

/** The last failed pod of each index: kept until its replacement exists, because it carries the count. */
export function lastFailures(
  failed: readonly Pod[],
  isOver: (index: number) => boolean,
): ReadonlyMap<number, Pod> {
  const last = new Map<number, Pod>()
  for (const pod of failed) {
    const index = completionIndexOf(pod)
    if (index === undefined || isOver(index)) continue
    const known = last.get(index)
    const isLater =
      !known || (failuresBefore(known) <= failuresBefore(pod) && finishedAt(pod) >= finishedAt(known))
    if (isLater) last.set(index, pod)
  }
  return last
}
