import type { CronJob } from '../generated/batch-v1.ts'
import { CronError } from '../../languages/cron/cron-error.ts'
import { parseSchedule } from '../../languages/cron/schedule.ts'
import { Zone } from '../../languages/cron/zone.ts'
import { checkJobSpec } from './job.ts'
import type { Rules } from './rules.ts'

export function checkCronJob(rules: Rules, { spec }: CronJob): void {
  if (!rules.required('spec', spec)) return
  if (rules.required('spec.schedule', spec.schedule)) checkSchedule(rules, spec.schedule)
  if (spec.timeZone !== undefined) checkTimeZone(rules, spec.timeZone)
  rules.oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'])
  rules.notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds)
  rules.notNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit)
  rules.notNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit)
  if (!rules.required('spec.jobTemplate', spec.jobTemplate)) return
  const job = spec.jobTemplate.spec
  if (rules.required('spec.jobTemplate.spec', job) && job) checkJobSpec(rules, 'spec.jobTemplate.spec', job)
}

function checkSchedule(rules: Rules, schedule: string): void {
  if (schedule.includes('TZ')) {
    rules.invalid('spec.schedule', schedule, [
      'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ])
    return
  }
  const problem = problemOf(() => parseSchedule(schedule))
  if (problem !== undefined) rules.invalid('spec.schedule', schedule, [problem])
}

function checkTimeZone(rules: Rules, zone: string): void {
  const problem =
    zone === ''
      ? 'timeZone must be nil or non-empty string'
      : zone.toLowerCase() === 'local'
        ? 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
        : problemOf(() => Zone.named(zone))
  if (problem !== undefined) rules.invalid('spec.timeZone', zone, [problem])
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof CronError) return error.message
    throw error
  }
}
