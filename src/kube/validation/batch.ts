import type { CronJob, Job, JobSpec } from '../generated/batch-v1.ts'
import { CronError } from '../../languages/cron/cron-error.ts'
import { parseSchedule } from '../../languages/cron/schedule.ts'
import { Zone } from '../../languages/cron/zone.ts'
import { required } from '../schema/field-error.ts'
import { checkPodTemplate } from './pod.ts'
import type { Rules } from './rules.ts'

export function checkJob(rules: Rules, { spec }: Job, previous: Job | undefined): void {
  if (!rules.required('spec', spec)) return
  checkJobSpec(rules, 'spec', spec)
  if (!previous) return
  rules.immutable('spec.completionMode', spec.completionMode, previous.spec.completionMode)
  rules.immutable('spec.selector', spec.selector, previous.spec.selector)
  if (spec.completionMode !== 'Indexed')
    rules.immutable('spec.completions', spec.completions, previous.spec.completions)
  // A suspended job may still be placed elsewhere.
  if (!previous.spec.suspend) rules.immutable('spec.template', spec.template, previous.spec.template)
}

function checkJobSpec(rules: Rules, field: string, spec: JobSpec): void {
  for (const key of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
  ] as const)
    rules.notNegative(`${field}.${key}`, spec[key])
  if (spec.completionMode !== undefined)
    rules.oneOf(`${field}.completionMode`, spec.completionMode, ['NonIndexed', 'Indexed'])
  if (spec.completionMode === 'Indexed')
    rules.required(`${field}.completions`, spec.completions, 'when completion mode is Indexed')
  checkPodTemplate(rules, `${field}.template`, spec.template)
  const policy = spec.template?.spec?.restartPolicy
  if (policy === 'Always')
    rules.add(required(`${field}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'))
}

export function checkCronJob(rules: Rules, { spec }: CronJob): void {
  if (!rules.required('spec', spec)) return
  if (rules.required('spec.schedule', spec.schedule)) checkSchedule(rules, spec.schedule)
  if (spec.timeZone !== undefined) checkTimeZone(rules, spec.timeZone)
  rules.oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'])
  rules.notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds)
  rules.notNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit)
  rules.notNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit)
  if (
    rules.required('spec.jobTemplate', spec.jobTemplate) &&
    rules.required('spec.jobTemplate.spec', spec.jobTemplate.spec)
  )
    checkJobSpec(rules, 'spec.jobTemplate.spec', spec.jobTemplate.spec as JobSpec)
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
