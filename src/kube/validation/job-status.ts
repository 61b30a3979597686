import { isConditionTrue } from '../conditions.ts'
import { equalJson } from '../copy.ts'
import type { Job, JobStatus } from '../generated/batch-v1.ts'
import { duplicate, type FieldError } from '../schema/field-error.ts'
import { countIndexes, overlapOf } from './index-ranges.ts'
import type { Rules } from './rules.ts'

const field = (name: string): string => `status.${name}`

/** What a rule looks at: the status as it would be and as it was, with the specification as it is. */
interface Change {
  rules: Rules
  spec: Job['spec'] & object
  status: JobStatus
  previous: JobStatus
  /** Whether one of these fields or conditions is another than before: most rules are about changes only. */
  isNew(...names: (keyof JobStatus | Terminal)[]): boolean
  /** Whether a condition is True. */
  is(type: Terminal): boolean
  was(type: Terminal): boolean
}

type Terminal = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet'
const TERMINAL: readonly string[] = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet']

/**
 * What no writer, also one named by managedBy, may make of a Job's status, as kube-apiserver 1.36 has it.
 * Fields that were wrong before and stay so are let through.
 */
export function checkJobStatus(rules: Rules, job: Job, before: Job): void {
  const [status, previous] = [job.status ?? {}, before.status ?? {}]
  const is = (type: Terminal) => isConditionTrue(status.conditions, type)
  const was = (type: Terminal) => isConditionTrue(previous.conditions, type)
  const isTerminal = (name: string): name is Terminal => TERMINAL.includes(name)
  const change: Change = {
    rules,
    spec: job.spec ?? { template: {} },
    status,
    previous,
    is,
    was,
    isNew: (...names) =>
      names.some(name =>
        isTerminal(name) ? is(name) !== was(name) : !equalJson(status[name], previous[name]),
      ),
  }
  checkCounts(change)
  checkUncounted(change)
  checkTimes(change)
  checkConditions(change)
  checkFinished(change)
  checkIndexes(change)
  checkKept(change, isConditionTrue(before.status?.conditions, 'Suspended'))
}

function checkCounts({ rules, status, isNew }: Change): void {
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    rules.notNegative(field(name), status[name])
  const { ready, active = 0 } = status
  if (isNew('ready', 'active') && ready !== undefined && ready > active)
    rules.invalid(field('ready'), ready, ['cannot set more ready pods than active'])
}

function checkUncounted({ rules, status }: Change): void {
  const seen = new Set<string>()
  for (const list of ['succeeded', 'failed'] as const)
    for (const [index, uid] of (status.uncountedTerminatedPods?.[list] ?? []).entries()) {
      const at = `${field('uncountedTerminatedPods')}.${list}[${index}]`
      if (uid === '') rules.invalid(at, uid, ['must not be empty'])
      else if (seen.has(uid)) rules.add(duplicate(at, uid))
      seen.add(uid)
    }
}

function checkTimes({ rules, status, isNew, is }: Change): void {
  const { startTime, completionTime } = status
  if (isNew('Complete', 'completionTime')) {
    if (completionTime !== undefined && !is('Complete'))
      rules.invalid(field('completionTime'), completionTime, [
        'cannot set completionTime when there is no Complete=True condition',
      ])
    if (is('Complete'))
      rules.required(field('completionTime'), completionTime, 'completionTime is required for Complete jobs')
  }
  const isBackwards =
    startTime !== undefined &&
    completionTime !== undefined &&
    Date.parse(completionTime) < Date.parse(startTime)
  if (isBackwards && isNew('startTime', 'completionTime'))
    rules.invalid(field('completionTime'), completionTime, ['must be equal to or after `startTime`'])
}

/** An error of the conditions as a whole names no value. */
const ofConditions = (detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field: field('conditions'),
  detail,
})

function checkConditions({ rules, spec, isNew, is }: Change): void {
  const refuse = (isWrong: boolean, detail: string) => {
    if (isWrong) rules.add(ofConditions(detail))
  }
  const isComplete = is('Complete')
  const isMet = is('SuccessCriteriaMet')
  refuse(
    isNew('Complete', 'Failed') && isComplete && is('Failed'),
    'cannot set Complete=True and Failed=true conditions',
  )
  refuse(
    isNew('Complete', 'FailureTarget') && isComplete && is('FailureTarget'),
    'cannot set Complete=True and FailureTarget=true conditions',
  )
  refuse(
    isNew('Failed', 'failedIndexes') && is('Failed') && !is('FailureTarget'),
    'cannot set Failed=True condition without the FailureTarget=true condition',
  )
  refuse(
    isNew('Complete', 'SuccessCriteriaMet') && isComplete && !isMet,
    'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  )
  refuse(isMet && is('Failed'), 'cannot set SuccessCriteriaMet=True and Failed=true conditions')
  refuse(isMet && is('FailureTarget'), 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions')
  refuse(
    spec.successPolicy !== undefined && isComplete && !isMet,
    'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
  )
}

function checkFinished({ rules, spec, status, previous, isNew, is, was }: Change): void {
  if (!is('Complete') && !is('Failed')) return
  const isJustFinished = !was('Complete') && !was('Failed')
  const isAffected = (name: keyof JobStatus) => isJustFinished || isNew(name)
  if (isAffected('active') && (status.active ?? 0) > 0)
    rules.invalid(field('active'), status.active, ['active>0 is invalid for finished job'])
  const isNothingToDo = spec.suspend === true && spec.completions === 0
  if (isAffected('startTime') && !isNothingToDo)
    rules.required(field('startTime'), status.startTime, 'startTime is required for finished job')
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const wereUncounted = previous.uncountedTerminatedPods
  const isUncountedNew = isJustFinished || !equalJson(status.uncountedTerminatedPods, wereUncounted)
  if (isUncountedNew && succeeded.length + failed.length > 0)
    rules.invalid(field('uncountedTerminatedPods'), status.uncountedTerminatedPods, [
      'must be empty for finished job',
    ])
  if (isAffected('terminating') && (status.terminating ?? 0) > 0)
    rules.invalid(field('terminating'), status.terminating, ['terminating>0 is invalid for finished job'])
}

function checkIndexes({ rules, spec, status, isNew }: Change): void {
  const { completions, backoffLimitPerIndex } = spec
  const { completedIndexes = '', failedIndexes } = status
  const parse = (name: 'completedIndexes' | 'failedIndexes', text: string, limit: number) => {
    const counted = countIndexes(text, limit)
    if ('problem' in counted) rules.invalid(field(name), text, [`error parsing ${name}: ${counted.problem}`])
  }
  if (isNew('completedIndexes')) {
    if (completions !== undefined) parse('completedIndexes', completedIndexes, completions)
    if (completedIndexes !== '' && spec.completionMode !== 'Indexed')
      rules.invalid(field('completedIndexes'), completedIndexes, [
        'cannot set non-empty completedIndexes when non-indexed completion mode',
      ])
  }
  if (failedIndexes === undefined) return
  if (isNew('failedIndexes')) {
    if (backoffLimitPerIndex === undefined)
      rules.invalid(field('failedIndexes'), failedIndexes, [
        'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ])
    else if (completions !== undefined) parse('failedIndexes', failedIndexes, completions)
  }
  if (isNew('failedIndexes', 'completedIndexes') && completions !== undefined) {
    const both = overlapOf(completedIndexes, failedIndexes, completions)
    if (both !== undefined)
      rules.invalid(field('failedIndexes'), failedIndexes, [
        `failedIndexes and completedIndexes overlap at index: ${both}`,
      ])
  }
}

/** What stays as it is once it is so. */
function checkKept({ rules, spec, status, previous, is, was }: Change, wasSuspended: boolean): void {
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const)
    if (was(type) && !is(type)) rules.add(ofConditions(`cannot disable the terminal ${type}=True condition`))
  if ((status.failed ?? 0) < (previous.failed ?? 0))
    rules.invalid(field('failed'), status.failed ?? 0, ['cannot decrease the failed counter'])
  const isElastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!isElastic && (status.succeeded ?? 0) < (previous.succeeded ?? 0))
    rules.invalid(field('succeeded'), status.succeeded ?? 0, ['cannot decrease the succeeded counter'])
  if (status.completionTime !== undefined && previous.completionTime !== undefined)
    rules.immutable(field('completionTime'), status.completionTime, previous.completionTime)
  const isResuming =
    wasSuspended &&
    status.conditions?.some(({ type, status: value }) => type === 'Suspended' && value === 'False') === true
  if (previous.startTime !== undefined && spec.suspend !== true && !isResuming)
    rules.immutable(
      field('startTime'),
      status.startTime,
      previous.startTime,
      'field is immutable for unsuspended job once set',
    )
  if (was('SuccessCriteriaMet') && !is('SuccessCriteriaMet'))
    rules.add(ofConditions('cannot disable the SuccessCriteriaMet=True condition'))
  if (was('Complete') && !was('SuccessCriteriaMet') && is('SuccessCriteriaMet'))
    rules.add(ofConditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
}
