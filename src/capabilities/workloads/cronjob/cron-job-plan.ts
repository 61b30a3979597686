import { CronJob, type Job } from '../../../kube/generated/batch-v1.ts'
import type { ObjectReference } from '../../../kube/generated/core-v1.ts'
import type { Draft } from '../../../kube/object.ts'
import { CronError } from '../../../languages/cron/cron-error.ts'
import { parseSchedule, type Schedule } from '../../../languages/cron/schedule.ts'
import { Zone } from '../../../languages/cron/zone.ts'
import { controllerReference } from '../claim.ts'
import { finishedCondition } from '../job/job-facts.ts'
import { lastDue, nextDueMs } from './due-times.ts'

export interface Told {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

export interface CronPlan {
  told: Told[]
  /** What is known of the Jobs before a new one starts. */
  active: ObjectReference[]
  lastSuccessfulTime: string | undefined
  /** Finished Jobs beyond the history limits, and running ones that the new one replaces. */
  remove: Job[]
  /** The instant whose Job is to start, in milliseconds. */
  start: number | undefined
  afterMs: number | undefined
}

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** What a CronJob does next. Mirrors upstream's syncCronJob; pure. */
export function planCronJob(cronJob: CronJob, jobs: readonly Job[], now: number): CronPlan {
  const plan: CronPlan = { ...observe(cronJob, jobs), remove: [], start: undefined, afterMs: undefined }
  plan.remove = beyondHistory(cronJob, jobs)
  const { spec, metadata } = cronJob
  if (metadata.deletionTimestamp || spec.suspend) return plan
  const schedule = scheduleOf(cronJob, plan.told)
  if (!schedule) return plan
  plan.afterMs = nextDueMs(cronJob, schedule, now)
  const { latest: due, missed, isNever } = lastDue(cronJob, schedule, { now, withDeadline: true })
  if (isNever)
    plan.told.push(
      warning(
        'InvalidSchedule',
        `invalid schedule: ${spec.schedule} : time difference between two schedules is less than 1 second`,
      ),
    )
  if (due === undefined) return plan
  if (missed === 'many')
    plan.told.push(
      warning(
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      ),
    )
  if (spec.startingDeadlineSeconds !== undefined && due + spec.startingDeadlineSeconds * 1000 < now) {
    // RFC 1123 with a numeric zone, as Go writes it.
    const time = new Date(due).toUTCString().replace('GMT', '+0000')
    plan.told.push(warning('MissSchedule', `Missed scheduled time to start a job: ${time}`))
    return plan
  }
  const isStarted =
    plan.active.some(({ name }) => name === jobName(cronJob, due)) ||
    Date.parse(cronJob.status?.lastScheduleTime ?? '') === due
  if (isStarted) return plan
  if (spec.concurrencyPolicy === 'Forbid' && plan.active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    plan.told.push({ type: 'Normal', reason: 'JobAlreadyActive', message })
    return plan
  }
  if (spec.concurrencyPolicy === 'Replace') {
    const running = new Set(plan.active.map(({ uid }) => uid))
    plan.remove.push(...jobs.filter(job => running.has(job.metadata.uid)))
  }
  return { ...plan, start: due }
}

/** Takes ended and missing Jobs off the list of active ones. */
function observe(cronJob: CronJob, jobs: readonly Job[]) {
  const told: Told[] = []
  let active = cronJob.status?.active ?? []
  let { lastSuccessfulTime } = cronJob.status ?? {}
  for (const job of jobs) {
    const { name, uid } = job.metadata
    const isListed = active.some(reference => reference.uid === uid)
    const ended = finishedCondition(job)
    if (!isListed && !ended)
      told.push(warning('UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`))
    if (isListed && ended) {
      active = active.filter(reference => reference.uid !== uid)
      const message = `Saw completed job: ${name}, condition: ${ended.type}`
      told.push({ type: 'Normal', reason: 'SawCompletedJob', message })
    }
    const { completionTime } = job.status ?? {}
    if (ended?.type === 'Complete' && completionTime !== undefined)
      if (lastSuccessfulTime === undefined || Date.parse(completionTime) > Date.parse(lastSuccessfulTime))
        lastSuccessfulTime = completionTime
  }
  const uids = new Set(jobs.map(({ metadata }) => metadata.uid))
  for (const { uid, name } of active)
    if (!uids.has(uid ?? ''))
      told.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` })
  return { told, active: active.filter(({ uid }) => uids.has(uid ?? '')), lastSuccessfulTime }
}

/** The oldest finished Jobs beyond how many of each end are kept. */
function beyondHistory({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const surplus = (type: string, limit: number | undefined) => {
    const ended = jobs.filter(job => finishedCondition(job)?.type === type).sort(byStart)
    return limit === undefined ? [] : ended.slice(0, Math.max(0, ended.length - limit))
  }
  return [
    ...surplus('Complete', spec.successfulJobsHistoryLimit),
    ...surplus('Failed', spec.failedJobsHistoryLimit),
  ]
}

const byStart = (a: Job, b: Job): number =>
  // Those that never started come last.
  (a.status?.startTime ?? '~').localeCompare(b.status?.startTime ?? '~') ||
  a.metadata.name.localeCompare(b.metadata.name)

function scheduleOf({ spec }: CronJob, told: Told[]): Schedule | undefined {
  const { timeZone, schedule } = spec
  let zone = Zone.utc
  try {
    if (timeZone !== undefined) zone = Zone.named(timeZone)
    return parseSchedule(schedule, zone)
  } catch (error) {
    if (!(error instanceof CronError)) throw error
    told.push(
      timeZone !== undefined && zone === Zone.utc && error.message.startsWith('unknown time zone')
        ? warning('UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: ${error.message}`)
        : warning(
            'UnparseableSchedule',
            `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`,
          ),
    )
    return undefined
  }
}

const warning = (reason: string, message: string): Told => ({ type: 'Warning', reason, message })

/** The name of the Job of one due time: the same whoever starts it, so that none starts twice. */
const jobName = ({ metadata }: CronJob, due: number): string => `${metadata.name}-${Math.floor(due / 60_000)}`

/** The Job of one due time. */
export function draftJob(cronJob: CronJob, due: number): Draft<Job> & { metadata: { name: string } } {
  const { jobTemplate, timeZone } = cronJob.spec
  if (!jobTemplate.spec) throw new Error(`CronJob ${cronJob.metadata.name}: its job template has no spec`)
  const zone = timeZone === undefined ? Zone.utc : Zone.named(timeZone)
  return {
    metadata: {
      name: jobName(cronJob, due),
      namespace: cronJob.metadata.namespace,
      labels: { ...jobTemplate.metadata?.labels },
      annotations: { ...jobTemplate.metadata?.annotations, [SCHEDULED]: zone.format(due) },
      ownerReferences: [controllerReference(CronJob, cronJob)],
    },
    spec: jobTemplate.spec,
  }
}
