import type { CronJob, Job, JobSpec } from '../generated/batch-v1.ts'
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
  if (/^@(every\s+\S+|yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule)) return
  const fields = schedule.trim().split(/\s+/)
  if (fields.length !== 5)
    rules.invalid('spec.schedule', schedule, [
      `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`,
    ])
}
