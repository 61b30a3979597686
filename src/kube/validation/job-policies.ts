import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../generated/batch-v1.ts'
import { qualifiedNameProblems } from '../names.ts'
import { duplicate, type FieldError, tooLong, tooMany } from '../schema/field-error.ts'
import { countIndexes } from './index-ranges.ts'
import type { Rules } from './rules.ts'

const MAX_RULES = 20
const MAX_EXIT_CODES = 255
const MAX_CONDITIONS = 20
const MAX_INDEXES_BYTES = 64 * 1024
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const OPERATORS = ['In', 'NotIn']
const STATUSES = ['False', 'True', 'Unknown']

/** What a Job does about pods that failed. */
export function checkPodFailurePolicy(rules: Rules, field: string, spec: JobSpec): void {
  const list = spec.podFailurePolicy?.rules ?? []
  if (list.length > MAX_RULES) rules.add(tooMany(`${field}.rules`, list.length, MAX_RULES))
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...containers, ...initContainers].map(({ name }) => name))
  for (const [index, rule] of list.entries())
    checkFailureRule(rules, `${field}.rules[${index}]`, { rule, spec, names })
}

interface FailureRule {
  rule: PodFailurePolicyRule
  spec: JobSpec
  /** Of the containers in the template. */
  names: ReadonlySet<string>
}

function checkFailureRule(rules: Rules, field: string, { rule, spec, names }: FailureRule): void {
  const { action, onExitCodes, onPodConditions = [] } = rule
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      rules.invalid(`${field}.action`, action, ['requires the backoffLimitPerIndex to be set'])
  } else requiredOneOf(rules, `${field}.action`, action, ACTIONS)
  if (onExitCodes) checkExitCodes(rules, `${field}.onExitCodes`, onExitCodes, names)
  if (onPodConditions.length > 0) checkConditions(rules, `${field}.onPodConditions`, onPodConditions)
  if (onExitCodes && onPodConditions.length > 0)
    rules.add(withoutValue(field, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  if (!onExitCodes && onPodConditions.length === 0)
    rules.add(withoutValue(field, 'specifying one of OnExitCodes and OnPodConditions is required'))
}

const withoutValue = (field: string, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  detail,
})

/** Like `oneOf`, and names what may stand there where nothing does. */
function requiredOneOf(
  rules: Rules,
  field: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  const list = supported.map(item => JSON.stringify(item)).join(' ')
  if (rules.required(field, value, `valid values: [${list}]`)) rules.oneOf(field, value, supported)
}

function checkExitCodes(
  rules: Rules,
  field: string,
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
): void {
  requiredOneOf(rules, `${field}.operator`, operator, OPERATORS)
  if (containerName !== undefined && !names.has(containerName))
    rules.invalid(`${field}.containerName`, containerName, [
      'must be one of the container or initContainer names in the pod template',
    ])
  const at = `${field}.values`
  if (values.length === 0) rules.invalid(at, values, ['at least one value is required'])
  else if (values.length > MAX_EXIT_CODES) rules.add(tooMany(at, values.length, MAX_EXIT_CODES))
  const seen = new Set<number>()
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      rules.invalid(`${at}[${index}]`, value, ['must not be 0 for the In operator'])
    if (seen.has(value)) rules.add(duplicate(`${at}[${index}]`, value))
    seen.add(value)
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value))
    rules.invalid(at, values, ['must be ordered'])
}

function checkConditions(
  rules: Rules,
  field: string,
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
): void {
  if (patterns.length > MAX_CONDITIONS) rules.add(tooMany(field, patterns.length, MAX_CONDITIONS))
  for (const [index, { type, status }] of patterns.entries()) {
    rules.invalid(`${field}[${index}].type`, type, qualifiedNameProblems(type ?? ''))
    requiredOneOf(rules, `${field}[${index}].status`, status, STATUSES)
  }
}

/** When a Job has succeeded although not every index has; for Indexed ones with completions. */
export function checkSuccessPolicy(rules: Rules, field: string, spec: JobSpec): void {
  const list = spec.successPolicy?.rules ?? []
  rules.required(
    `${field}.rules`,
    list,
    'at least one rules must be specified when the successPolicy is specified',
  )
  if (list.length > MAX_RULES) rules.add(tooMany(`${field}.rules`, list.length, MAX_RULES))
  for (const [index, rule] of list.entries())
    checkSuccessRule(rules, `${field}.rules[${index}]`, rule, spec.completions ?? 0)
}

function checkSuccessRule(
  rules: Rules,
  field: string,
  { succeededCount, succeededIndexes }: SuccessPolicyRule,
  completions: number,
): void {
  if (succeededCount === undefined && succeededIndexes === undefined)
    rules.required(field, undefined, 'at least one of succeededCount or succeededIndexes must be specified')
  let indexes = 0
  if (succeededIndexes !== undefined) {
    const at = `${field}.succeededIndexes`
    if (succeededIndexes.length > MAX_INDEXES_BYTES) rules.add(tooLong(at, MAX_INDEXES_BYTES))
    const counted = countIndexes(succeededIndexes, completions)
    if ('problem' in counted)
      rules.invalid(at, succeededIndexes, [`error parsing succeededIndexes: ${counted.problem}`])
    else indexes = counted.count
  }
  if (succeededCount === undefined) return
  const at = `${field}.succeededCount`
  rules.notNegative(at, succeededCount)
  if (succeededCount > completions)
    rules.invalid(at, succeededCount, [
      `must be less than or equal to ${completions} (the number of specified completions)`,
    ])
  if (succeededIndexes !== undefined && succeededCount > indexes)
    rules.invalid(at, succeededCount, [
      `must be less than or equal to ${indexes} (the number of indexes in the specified succeededIndexes field)`,
    ])
}
