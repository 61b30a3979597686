import type { Job, JobCondition, JobStatus } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { completionIndexOf, hasLimitPerIndex, isIndexed, isPodFailed, isTracked } from './job-facts.ts'
import { type Ending, isTerminating, type JobPlan, type JobView, readyIn } from './job-plan.ts'
import { judgeFailure } from './pod-failure-policy.ts'

/** Uids in `uncountedTerminatedPods` at most; more are counted in the next round. */
const MAX_UNCOUNTED = 500

/** What came of the plan's writes. */
export interface Outcome {
  created: number
  removed: readonly Pod[]
}

export interface Tracking {
  status: JobStatus
  /** Pods whose result is in the status once it is written, so that their finalizer can go. */
  untrack: readonly Pod[]
  /** Ended pods for which there was no room in this round: until they are counted nothing is concluded. */
  postponed: readonly Pod[]
}

/**
 * The status to write before finalizers go: results are listed by uid first, and become numbers when their pods are
 * untracked, so that a crash in between counts nothing twice and forgets nothing.
 */
export function trackPods(
  job: Job,
  view: Pick<JobView, 'pods' | 'untracked' | 'now'>,
  { plan, outcome }: { plan: JobPlan; outcome: Outcome },
): Tracking {
  const before = job.status ?? {}
  const { now } = view
  const tracked = view.pods.filter(pod => isTracked(pod) && !view.untracked.has(pod.metadata.uid))
  const settled = countUntracked(before, tracked)
  const listed = new Set([...settled.uncounted.succeeded, ...settled.uncounted.failed])
  const uncounted = { succeeded: [...settled.uncounted.succeeded], failed: [...settled.uncounted.failed] }
  const untrack: Pod[] = []
  const postponed: Pod[] = []
  for (const pod of tracked) {
    const hasFailed = isPodFailed(pod, job)
    if (!mayUntrack(job, pod, { plan, hasFailed })) continue
    if (uncounted.succeeded.length + uncounted.failed.length >= MAX_UNCOUNTED) {
      postponed.push(pod)
      continue
    }
    untrack.push(pod)
    if (listed.has(pod.metadata.uid)) continue
    const isLost = plan.ending !== undefined && plan.ending.type !== 'SuccessCriteriaMet'
    if (pod.status?.phase === 'Succeeded') {
      if (!isIndexed(job)) uncounted.succeeded.push(pod.metadata.uid)
    } else if ((hasFailed || isLost) && isCounted(job, pod)) uncounted.failed.push(pod.metadata.uid)
  }
  const suspension = plan.isManaged && !plan.ending ? suspended(job, now) : undefined
  const succeeded = plan.succeededIndexes?.size ?? settled.succeeded
  const active = plan.active.length - outcome.removed.length + outcome.created
  const conditions = withCondition(
    withCondition(before.conditions ?? [], suspension),
    plan.ending && conditionOf(plan.ending.type, plan.ending, now),
  )
  const startTime = startOf(job, suspension, now)
  const status: JobStatus = {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(active > 0 ? { active } : {}),
    ready: readyIn(plan.active) - readyIn(outcome.removed),
    terminating: view.pods.filter(isTerminating).length + outcome.removed.length,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(settled.failed > 0 ? { failed: settled.failed } : {}),
    uncountedTerminatedPods: listOf(uncounted),
    ...completedIndexes(job, plan),
  }
  return { status, untrack, postponed }
}

function completedIndexes(job: Job, { succeededIndexes, failedIndexes }: JobPlan): Partial<JobStatus> {
  if (!isIndexed(job)) return {}
  const completed = String(succeededIndexes ?? '')
  return {
    ...(completed === '' ? {} : { completedIndexes: completed }),
    ...(hasLimitPerIndex(job) ? { failedIndexes: String(failedIndexes ?? '') } : {}),
  }
}

/** A pod that ended, or belongs to a Job that ends; one that the index's next pod needs stays. */
function mayUntrack(job: Job, pod: Pod, { plan, hasFailed }: { plan: JobPlan; hasFailed: boolean }): boolean {
  if (job.metadata.deletionTimestamp || plan.ending || pod.status?.phase === 'Succeeded') return true
  if (!hasFailed) return false
  const index = completionIndexOf(pod)
  return index === undefined || plan.kept.get(index)?.metadata.uid !== pod.metadata.uid
}

function isCounted(job: Job, pod: Pod): boolean {
  if (isIndexed(job) && (completionIndexOf(pod) ?? Infinity) >= (job.spec.completions ?? 0)) return false
  return judgeFailure(job.spec.podFailurePolicy, pod).isCounted
}

/** Adds those listed uids to the numbers whose pods are not tracked any more. */
function countUntracked(status: JobStatus, tracked: readonly Pod[]) {
  const uids = new Set(tracked.map(({ metadata }) => metadata.uid))
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const left = {
    succeeded: succeeded.filter(uid => uids.has(uid)),
    failed: failed.filter(uid => uids.has(uid)),
  }
  return {
    succeeded: (status.succeeded ?? 0) + succeeded.length - left.succeeded.length,
    failed: (status.failed ?? 0) + failed.length - left.failed.length,
    uncounted: left,
  }
}

const listOf = ({ succeeded, failed }: { succeeded: string[]; failed: string[] }) => ({
  ...(succeeded.length > 0 ? { succeeded } : {}),
  ...(failed.length > 0 ? { failed } : {}),
})

/** The status after the finalizers of all listed pods are gone, concluded when nothing runs any more. */
export function settle(
  job: Job,
  { status, postponed }: Tracking,
  { ending, now }: { ending: Ending | undefined; now: number },
): JobStatus {
  const counted = countUntracked(status, postponed)
  const succeeded = isIndexed(job) ? (status.succeeded ?? 0) : counted.succeeded
  const settled: JobStatus = {
    ...status,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(counted.failed > 0 ? { failed: counted.failed } : {}),
    uncountedTerminatedPods: listOf(counted.uncounted),
  }
  if (!ending || postponed.length > 0 || (status.terminating ?? 0) > 0) return settled
  const isComplete = ending.type === 'SuccessCriteriaMet'
  const final = conditionOf(isComplete ? 'Complete' : 'Failed', ending, now)
  return {
    ...settled,
    conditions: withCondition(status.conditions ?? [], final),
    ...(isComplete ? { completionTime: toTime(now) } : {}),
  }
}

const conditionOf = (type: string, { reason, message }: Omit<Ending, 'type'>, now: number): JobCondition => ({
  type,
  status: 'True',
  reason,
  message,
  lastProbeTime: toTime(now),
  lastTransitionTime: toTime(now),
})

/** The list with the condition in it; one of the same type, status and reason is kept as it is. */
function withCondition(conditions: readonly JobCondition[], next: JobCondition | undefined): JobCondition[] {
  if (!next) return [...conditions]
  const known = conditions.find(({ type }) => type === next.type)
  if (!known) return [...conditions, next]
  const isSame =
    known.status === next.status && known.reason === next.reason && known.message === next.message
  return conditions.map(condition => (condition === known && !isSame ? next : condition))
}

/** The Suspended condition, when it changes. */
export function suspended({ spec, status }: Job, now: number): JobCondition | undefined {
  const previous = status?.conditions?.find(({ type }) => type === 'Suspended')
  if (spec.suspend)
    return previous?.status === 'True'
      ? undefined
      : conditionOf('Suspended', { reason: 'JobSuspended', message: 'Job suspended' }, now)
  if (previous?.status !== 'True') return undefined
  return {
    ...conditionOf('Suspended', { reason: 'JobResumed', message: 'Job resumed' }, now),
    status: 'False',
  }
}

/** A Job starts when it is first seen unsuspended, and anew when it is resumed. */
function startOf({ spec, status }: Job, suspension: JobCondition | undefined, now: number) {
  if (suspension) return suspension.status === 'True' ? undefined : toTime(now)
  if (status?.startTime !== undefined) return status.startTime
  return spec.suspend ? undefined : toTime(now)
}
