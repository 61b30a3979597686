import type { Job, JobCondition } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { byDeletionOrder, crowdingOf } from '../replicaset/deletion-rank.ts'
import type { Tally } from './tally.ts'

export type JobPlan =
  | { kind: 'run'; create: number; remove: readonly Pod[]; recheckMs: number | undefined }
  | {
      kind: 'finish'
      outcome: 'Complete' | 'Failed'
      reason: string
      message: string
      remove: readonly Pod[]
    }

/** Waits after failures: 10 s doubling to 10 min, as upstream's pod failure back-off. */
const BACKOFF_BASE_MS = 10_000
const BACKOFF_MAX_MS = 600_000

/** What a Job needs next: pods, patience, or its end. */
export function planJob(
  job: Job,
  counted: Tally,
  { lastFailure, now }: { lastFailure: number | undefined; now: number },
): JobPlan {
  const { parallelism = 1, completions, backoffLimit = 6, activeDeadlineSeconds, suspend } = job.spec
  const { active } = counted
  const end = (outcome: 'Complete' | 'Failed', reason: string, message: string): JobPlan => ({
    kind: 'finish',
    outcome,
    reason,
    message,
    remove: active,
  })
  const failures = counted.failed + restartsOf(job, active)
  if (counted.failed > backoffLimit || (failures > backoffLimit && restartsOf(job, active) > 0))
    return end('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  const started = job.status?.startTime ? Date.parse(job.status.startTime) : now
  const deadline = activeDeadlineSeconds === undefined ? undefined : started + activeDeadlineSeconds * 1000
  if (deadline !== undefined && !suspend && now >= deadline)
    return end('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')
  // Without `completions` the first success ends the work queue; the others finish by themselves.
  const isDone =
    completions === undefined
      ? counted.succeeded > 0 && active.length === 0
      : counted.succeeded >= completions
  if (isDone) return end('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods')
  const wanted = suspend
    ? 0
    : wantedActive({ parallelism, completions, succeeded: counted.succeeded, active: active.length })
  const surplus = active.length - wanted
  if (surplus > 0) {
    const remove = byDeletionOrder(active, crowdingOf(active), now).slice(0, surplus)
    return { kind: 'run', create: 0, remove, recheckMs: undefined }
  }
  const backoff = lastFailure === undefined ? 0 : backoffMs(counted.failed) - (now - lastFailure)
  const isWaiting = surplus < 0 && backoff > 0
  const waits = [isWaiting ? backoff : undefined, deadline === undefined ? undefined : deadline - now]
  const positive = waits.filter(wait => wait !== undefined)
  return {
    kind: 'run',
    create: isWaiting ? 0 : wanted - active.length,
    remove: [],
    recheckMs: positive.length === 0 ? undefined : Math.min(...positive),
  }
}

function wantedActive(sizes: {
  parallelism: number
  completions: number | undefined
  succeeded: number
  active: number
}): number {
  if (sizes.completions !== undefined) return Math.min(sizes.parallelism, sizes.completions - sizes.succeeded)
  return sizes.succeeded > 0 ? Math.min(sizes.active, sizes.parallelism) : sizes.parallelism
}

const backoffMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (failures - 1))

/** With restartPolicy OnFailure the containers' restarts are the failures. */
const restartsOf = (job: Job, active: readonly Pod[]): number =>
  job.spec.template.spec?.restartPolicy === 'OnFailure'
    ? active
        .flatMap(({ status }) => [
          ...(status?.containerStatuses ?? []),
          ...(status?.initContainerStatuses ?? []),
        ])
        .reduce((sum, { restartCount }) => sum + restartCount, 0)
    : 0

export const finishedCondition = (job: Job): JobCondition | undefined =>
  job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )

/** The conditions of an ended Job: upstream announces with SuccessCriteriaMet or FailureTarget and then concludes. */
export function finalConditions(plan: Extract<JobPlan, { kind: 'finish' }>, now: number): JobCondition[] {
  const time = toTime(now)
  const announcement = plan.outcome === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  return [announcement, plan.outcome].map(type => ({
    type,
    status: 'True',
    reason: plan.reason,
    message: plan.message,
    lastProbeTime: time,
    lastTransitionTime: time,
  }))
}
