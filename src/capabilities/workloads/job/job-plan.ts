import type { Job, JobCondition } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isActive, isReady } from '../pod-state.ts'
import { type BackOff, backOffMs, finishedAt, nextBackOff } from './back-off.ts'
import { failsIndex, failuresBefore, lastFailures } from './index-failures.ts'
import { IndexSet } from './index-set.ts'
import {
  completionIndexOf,
  hasLimitPerIndex,
  isIndexed,
  isPodFailed,
  isTracked,
  replacesOnlyFailed,
} from './job-facts.ts'
import { judgeFailure } from './pod-failure-policy.ts'
import { metSuccessPolicy } from './success-policy.ts'
import { surplusPods } from './surplus-pods.ts'

/** Writes of one round at most, as upstream's MaxPodCreateDeletePerSync. */
const BURST = 500

/** Why a Job ends: announced first, and concluded when no pod of it runs any more. */
export interface Ending {
  type: 'SuccessCriteriaMet' | 'FailureTarget'
  reason: string
  message: string
}

export interface JobView {
  pods: readonly Pod[]
  /** Pods whose tracking finalizer is gone although the informer still shows it. */
  untracked: ReadonlySet<string>
  backOff: BackOff
  now: number
  /** False while earlier creations and deletions do not show yet. */
  mayManage: boolean
}

export interface JobPlan {
  ending: Ending | undefined
  active: readonly Pod[]
  /** Active pods to delete. Those of an ending Job are still counted when they end. */
  remove: readonly Pod[]
  create: readonly { index: number | undefined; replaces: Pod | undefined }[]
  recheckMs: number | undefined
  backOff: BackOff
  /** Of Indexed Jobs; failed ones only with a limit per index. */
  succeededIndexes: IndexSet | undefined
  failedIndexes: IndexSet | undefined
  /** Failed pods that stay until their index has its next pod. */
  kept: ReadonlyMap<number, Pod>
  /** Whether the number of pods was decided upon, so that `suspend` has been followed. */
  isManaged: boolean
}

/** What a Job does next. Mirrors the decisions of upstream's syncJob; pure. */
export function planJob(job: Job, view: JobView): JobPlan {
  const { pods, now } = view
  const { status = {}, spec } = job
  const active = pods.filter(isActive)
  const counted = validPods(job, view)
  const uncounted = status.uncountedTerminatedPods ?? {}
  const isNew = (listed: readonly string[] = []) => {
    const known = new Set(listed)
    return ({ metadata }: Pod) => !known.has(metadata.uid)
  }
  const newSucceeded = counted
    .filter(pod => pod.status?.phase === 'Succeeded')
    .filter(isNew(uncounted.succeeded))
  const newFailed = counted.filter(pod => isPodFailed(pod, job)).filter(isNew(uncounted.failed))
  const countedFailed = newFailed.filter(pod => judgeFailure(spec.podFailurePolicy, pod).isCounted)
  const failed = (status.failed ?? 0) + countedFailed.length + (uncounted.failed?.length ?? 0)
  const indexes = indexesOf(job, counted, active)
  const succeeded =
    indexes?.succeeded.size ??
    (status.succeeded ?? 0) + newSucceeded.length + (uncounted.succeeded?.length ?? 0)
  const backOff = nextBackOff(view.backOff, newSucceeded, newFailed)
  const plan: JobPlan = {
    ending: announced(job) ?? failure(job, view, failed) ?? indexEnding(job, indexes),
    active,
    remove: [],
    create: [],
    recheckMs: deadlineMs(job, now),
    backOff,
    succeededIndexes: indexes?.succeeded,
    failedIndexes: indexes?.failed,
    kept: indexes?.kept ?? new Map(),
    isManaged: false,
  }
  if (plan.ending) return { ...plan, remove: active, recheckMs: undefined }
  const isManaged = view.mayManage && !job.metadata.deletionTimestamp
  const managed = isManaged ? { ...plan, ...manage(job, view, { plan, succeeded }), isManaged } : plan
  const left = active.length - managed.remove.length + managed.create.length
  const isDone =
    left === 0 && (spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions)
  if (!isDone) return managed
  const ending: Ending = {
    type: 'SuccessCriteriaMet',
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  }
  return { ...managed, ending, recheckMs: undefined }
}

/** Tracked pods whose result can still be counted. */
export function validPods(job: Job, { pods, untracked }: Pick<JobView, 'pods' | 'untracked'>): Pod[] {
  const tracked = pods.filter(pod => isTracked(pod) && !untracked.has(pod.metadata.uid))
  if (!isIndexed(job)) return tracked
  return tracked.filter(pod => (completionIndexOf(pod) ?? Infinity) < (job.spec.completions ?? 0))
}

interface Indexes {
  succeeded: IndexSet
  failed: IndexSet | undefined
  kept: ReadonlyMap<number, Pod>
}

function indexesOf(job: Job, counted: readonly Pod[], active: readonly Pod[]): Indexes | undefined {
  if (!isIndexed(job)) return undefined
  const completions = job.spec.completions ?? 0
  const succeeded = IndexSet.parse(job.status?.completedIndexes, completions).with(
    indexesIn(counted.filter(pod => pod.status?.phase === 'Succeeded')),
  )
  if (!hasLimitPerIndex(job)) return { succeeded, failed: undefined, kept: new Map() }
  const failed = IndexSet.parse(job.status?.failedIndexes, completions).with(
    indexesIn(counted.filter(pod => failsIndex(job, pod))),
  )
  const running = new Set(indexesIn(active))
  const isOver = (index: number) => succeeded.has(index) || failed.has(index) || running.has(index)
  const kept = lastFailures(
    counted.filter(pod => isPodFailed(pod, job)),
    isOver,
  )
  return { succeeded, failed, kept }
}

const indexesIn = (pods: readonly Pod[]): number[] =>
  pods.map(completionIndexOf).filter(index => index !== undefined)

/** An ending that was announced stays, whatever happens since. */
function announced({ status }: Job): Ending | undefined {
  const isEnding = (condition: JobCondition): condition is JobCondition & Ending =>
    (condition.type === 'SuccessCriteriaMet' || condition.type === 'FailureTarget') &&
    condition.status === 'True'
  const condition = status?.conditions?.find(isEnding)
  if (!condition) return undefined
  const { type, reason = '', message = '' } = condition
  return { type, reason, message }
}

function failure(job: Job, { pods, now }: JobView, failed: number): Ending | undefined {
  const { spec, status } = job
  for (const pod of pods) {
    const message = isPodFailed(pod, job) && judgeFailure(spec.podFailurePolicy, pod).jobFailure
    if (message) return failing('PodFailurePolicy', message)
  }
  if (failed > (spec.backoffLimit ?? 6) || isPastLimitOnFailure(job, pods))
    return failing('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  const left = deadlineMs(job, now)
  if (left !== undefined && left <= 0 && status?.startTime)
    return failing('DeadlineExceeded', 'Job was active longer than specified deadline')
  return undefined
}

const failing = (reason: string, message: string): Ending => ({ type: 'FailureTarget', reason, message })

/** With restartPolicy OnFailure the containers' restarts are the failures. */
function isPastLimitOnFailure({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false
  const limit = spec.backoffLimit ?? 6
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

function deadlineMs({ spec, status }: Job, now: number): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec
  if (activeDeadlineSeconds === undefined || suspend) return undefined
  const started = status?.startTime === undefined ? now : Date.parse(status.startTime)
  return started + activeDeadlineSeconds * 1000 - now
}

function indexEnding({ spec }: Job, indexes: Indexes | undefined): Ending | undefined {
  if (!indexes) return undefined
  const { succeeded, failed } = indexes
  const completions = spec.completions ?? 0
  if (failed && spec.maxFailedIndexes !== undefined && failed.size > spec.maxFailedIndexes)
    return failing(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    )
  if (failed && failed.size > 0 && failed.size + succeeded.size >= completions)
    return failing('FailedIndexes', 'Job has failed indexes')
  const message = metSuccessPolicy(spec.successPolicy, succeeded, completions)
  return message === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message }
}

/** How many pods a running Job has: fewer at once, more after the back-off. */
function manage(
  job: Job,
  { pods, now }: JobView,
  { plan, succeeded }: { plan: JobPlan; succeeded: number },
): Partial<JobPlan> {
  const { active } = plan
  if (job.spec.suspend) return { remove: surplusPods(job, active, active.length, now) }
  const wanted = wantedActive(job, succeeded, active.length)
  const remove = surplusPods(job, active, Math.max(0, active.length - wanted), now)
  if (remove.length > 0) return { remove: remove.slice(0, BURST) }
  const terminating = replacesOnlyFailed(job) ? pods.filter(isTerminating).length : 0
  const missing = Math.min(wanted - terminating - active.length, BURST)
  if (missing <= 0) return {}
  const sooner = (wait: number) => ({ recheckMs: Math.min(plan.recheckMs ?? wait, wait) })
  if (!isIndexed(job)) {
    const wait = backOffMs(plan.backOff, now)
    if (wait > 0) return sooner(wait)
    return { create: Array.from({ length: missing }, () => ({ index: undefined, replaces: undefined })) }
  }
  const wait = hasLimitPerIndex(job) ? 0 : backOffMs(plan.backOff, now)
  if (wait > 0) return sooner(wait)
  const taken = [...active, ...(replacesOnlyFailed(job) ? pods.filter(isTerminating) : [])]
  const candidates = (plan.succeededIndexes ?? IndexSet.empty)
    .union(plan.failedIndexes ?? IndexSet.empty)
    .with(indexesIn(taken))
    .firstAbsent(missing, job.spec.completions ?? 0)
    .map(index => ({ index, replaces: plan.kept.get(index) }))
  const waits = candidates.map(({ replaces }) =>
    replaces
      ? backOffMs({ failures: failuresBefore(replaces) + 1, lastFailure: finishedAt(replaces) }, now)
      : 0,
  )
  const create = candidates.filter((_, position) => waits[position] === 0)
  const pending = waits.filter(each => each > 0)
  return pending.length === 0 ? { create } : { create, ...sooner(Math.min(...pending)) }
}

function wantedActive({ spec }: Job, succeeded: number, active: number): number {
  const { parallelism = 1, completions } = spec
  // Without `completions` the first success ends the work queue; the others finish by themselves.
  if (completions === undefined) return succeeded > 0 ? active : parallelism
  return Math.max(0, Math.min(parallelism, completions - succeeded))
}

/** On its way out and not ended yet. */
export const isTerminating = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

export const readyIn = (pods: readonly Pod[]): number => pods.filter(isReady).length
