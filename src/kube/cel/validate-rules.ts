import { fromJson } from '../../languages/cel/json-value.ts'
import { Optional, type Value } from '../../languages/cel/value.ts'
import { CostExceeded } from '../../languages/cel/cel-error.ts'
import { equalJson } from '../copy.ts'
import {
  duplicate,
  type FieldError,
  fieldErrorMessage,
  forbidden,
  invalidValue,
  NO_FIELD,
  required,
} from '../schema/field-error.ts'
import { listMapKey } from '../schema/list-map-key.ts'
import { childPath, isJsonObject, type Json, type Schema, type ValidationRule } from '../schema/schema.ts'
import type { CompiledRule, RuleTree } from './rules.ts'

/** As upstream: what one expression, and all of one object's, may cost. */
const CALL_LIMIT = 1_000_000
const BUDGET = 10_000_000
const MAX_MESSAGE_BYTES = 5 * 1024

const exhausted =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/** What came of a resource's rules. */
export interface RuleResult {
  readonly errors: readonly FieldError[]
  /** Violations of what did not change with this write. */
  readonly warnings: readonly string[]
}

/** Evaluates the rules on an object; `previous` is what it replaces, in the same version. */
export function validateRules(tree: RuleTree, object: unknown, previous?: unknown): RuleResult {
  const run = new Run()
  run.visit(tree, object, { path: '', previous, isUnchanged: false, isCorrelated: previous !== undefined })
  const errors = run.errors.map(error => (error.field === '' ? { ...error, field: NO_FIELD } : error))
  return { errors, warnings: run.warnings }
}

/** Where a value stands. */
interface Place {
  readonly path: string
  /** What was at this place before, as far as rules may compare with it. */
  readonly previous: unknown
  /** Whether the nearest part that can be found in the previous object is as it was. */
  readonly isUnchanged: boolean
  /** Whether the value itself can be found in the previous object. */
  readonly isCorrelated: boolean
}

/** Thrown when no further rules are to be run. */
class Stopped extends Error {
  override readonly name = 'Stopped'
}

class Run {
  readonly errors: FieldError[] = []
  readonly warnings: string[] = []
  #budget = BUDGET

  visit(tree: RuleTree, value: unknown, place: Place): void {
    try {
      this.#visit(tree, value, place)
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
    }
  }

  #visit(tree: RuleTree, value: unknown, place: Place): void {
    if (value === null || value === undefined) return
    if (tree.rules.length > 0) this.#evaluate(tree, value, place)
    for (const branch of tree.allOf) this.#visit(branch, value, { ...place, isCorrelated: false })
    if (Array.isArray(value)) this.#visitItems(tree, value, place)
    else if (isJsonObject(value)) this.#visitFields(tree, value, place)
  }

  #visitItems({ items, schema }: RuleTree, value: readonly unknown[], place: Place): void {
    if (!items) return
    const old = previousItems(schema, place.previous)
    const below = { ...place, isUnchanged: isUnchanged(value, place) }
    for (const [index, item] of value.entries()) {
      const previous = old?.(item)
      const isCorrelated = place.isCorrelated && previous !== undefined
      this.#visit(items, item, { ...below, path: `${place.path}[${index}]`, previous, isCorrelated })
    }
  }

  #visitFields({ properties, additionalProperties }: RuleTree, value: Json, place: Place): void {
    const old = isJsonObject(place.previous) ? place.previous : undefined
    if (!additionalProperties && properties.size === 0) return
    const below = { ...place, isUnchanged: isUnchanged(value, place) }
    for (const key of Object.keys(value)) {
      const tree = additionalProperties ?? properties.get(key)
      if (!tree) continue
      const path = additionalProperties ? `${place.path}[${key}]` : childPath(place.path, key)
      const previous = old && Object.hasOwn(old, key) ? old[key] : undefined
      const isCorrelated = place.isCorrelated && previous !== undefined
      this.#visit(tree, value[key], { ...below, path, previous, isCorrelated })
    }
  }

  #stop(error: FieldError): never {
    this.errors.push(error)
    throw new Stopped()
  }

  #evaluate(tree: RuleTree, value: unknown, place: Place): void {
    const { path } = place
    const typeName = tree.schema.type ?? ''
    if (this.#budget <= 0) this.#stop(invalidValue(path, typeName, exhausted))
    const self = fromJson(value, tree.type)
    const before = place.previous ?? undefined
    const oldSelf = before === undefined ? undefined : fromJson(before, tree.type)
    for (const rule of tree.rules) {
      if (rule.problem !== undefined)
        this.errors.push(invalidValue(path, typeName, `rule compile error: ${rule.problem}`))
      if (!rule.program) continue
      const isOptional = rule.rule.optionalOldSelf === true
      // Rules about a change need something to compare with.
      if (rule.usesOldSelf && oldSelf === undefined && !isOptional) continue
      const old = isOptional ? (oldSelf === undefined ? Optional.none : new Optional(oldSelf)) : oldSelf
      const outcome = rule.program.evaluate({ self, oldSelf: old }, { costLimit: CALL_LIMIT })
      if (outcome.cost > this.#budget) this.#stop(invalidValue(path, typeName, exhausted))
      this.#budget -= outcome.cost
      if (outcome.error) this.#failed(outcome.error, rule.rule, { path, typeName })
      else if (outcome.value !== true)
        this.#violated(rule, { tree, value, place, variables: { self, oldSelf: old } })
    }
  }

  #failed(error: Error, rule: ValidationRule, { path, typeName }: { path: string; typeName: string }): void {
    const words = shownRule(rule)
    if (error instanceof CostExceeded)
      this.#stop(
        invalidValue(
          path,
          typeName,
          `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${words}`,
        ),
      )
    const detail = error.message.startsWith('no such overload')
      ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${words}`
      : `${error.message} evaluating rule: ${words}`
    this.errors.push(invalidValue(path, typeName, detail))
  }

  #violated(rule: CompiledRule, violation: Violation): void {
    const { tree, value, place } = violation
    const field = rule.fieldPath === undefined ? place.path : childPath(place.path, rule.fieldPath)
    const report = (error: FieldError) => {
      if (!rule.usesOldSelf && isUnchanged(value, place)) this.warnings.push(fieldErrorMessage(error))
      else this.errors.push(error)
    }
    const message = rule.message && this.#message(rule, { field, violation, report })
    const detail = message ?? ruleMessage(rule.rule)
    const isWhole = tree.schema.type === 'object' || tree.schema.type === 'array'
    report(errorOf(rule.rule.reason, { field, value: isWhole ? undefined : value, isWhole, detail }))
  }

  /** What messageExpression yields; undefined where that is no good message. */
  #message(
    { message, rule }: CompiledRule,
    {
      field,
      violation,
      report,
    }: { field: string; violation: Violation; report: (error: FieldError) => void },
  ): string | undefined {
    const outcome = message?.evaluate(violation.variables, { costLimit: CALL_LIMIT })
    if (!outcome) return undefined
    const stop = (detail: string): never => {
      report(invalidValue(field, violation.tree.schema.type ?? '', detail))
      throw new Stopped()
    }
    if (outcome.cost > this.#budget)
      stop(
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
      )
    if (outcome.error instanceof CostExceeded)
      stop(
        `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(rule.messageExpression)}`,
      )
    this.#budget -= outcome.cost
    if (typeof outcome.value !== 'string') return undefined
    const text = outcome.value.trim()
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES
      ? undefined
      : text
  }
}

interface Violation {
  readonly tree: RuleTree
  readonly value: unknown
  readonly place: Place
  readonly variables: Readonly<Record<string, Value | undefined>>
}

/** Whether the value, or else the nearest part around it that can be found in the previous object, is as it was. */
const isUnchanged = (value: unknown, place: Place): boolean =>
  place.isCorrelated ? equalJson(value, place.previous) : place.isUnchanged

/** Finds the item that an item of a list of type map replaces; other lists say nothing of that. */
function previousItems(schema: Schema, previous: unknown): ((item: unknown) => unknown) | undefined {
  if (!Array.isArray(previous) || schema['x-kubernetes-list-type'] !== 'map') return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const idOf = (item: unknown) =>
    isJsonObject(item) ? JSON.stringify(listMapKey(schema, keys, item)) : undefined
  const byKey = new Map(previous.map(item => [idOf(item), item]))
  return item => byKey.get(idOf(item))
}

/** How a rule is named in errors. */
const shownRule = ({ rule, message }: ValidationRule): string => (message ? message.trim() : rule.trim())

const ruleMessage = (rule: ValidationRule): string =>
  rule.message ? rule.message.trim() : `failed rule: ${shownRule(rule)}`

interface Refusal {
  readonly field: string
  readonly value: unknown
  /** Objects and lists are not shown. */
  readonly isWhole: boolean
  readonly detail: string
}

function errorOf(reason: string | undefined, { field, value, isWhole, detail }: Refusal): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail)
    case 'FieldValueRequired':
      return required(field, detail)
    case 'FieldValueDuplicate':
      return isWhole ? { type: 'FieldValueDuplicate', field, detail: '' } : duplicate(field, value)
    default:
      return isWhole ? { type: 'FieldValueInvalid', field, detail } : invalidValue(field, value, detail)
  }
}
