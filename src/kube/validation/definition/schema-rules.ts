import { MAX_REQUEST_BYTES, declaredType } from '../../cel/declared-type.ts'
import { normalizeFieldPath } from '../../cel/field-path.ts'
import { type CompiledRule, compileRulesOf } from '../../cel/rules.ts'
import { notSupported } from '../../schema/field-error.ts'
import { isJsonObject, type Schema, type ValidationRule } from '../../schema/schema.ts'
import type { Rules } from '../rules.ts'

/** Upstream's limits of estimated costs: of one rule, and of all rules of a version. */
const RULE_LIMIT = 10_000_000
const TOTAL_LIMIT = 100_000_000
const MOST_EXPENSIVE = 4

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']

interface Place {
  readonly at: string
  /** How often values of this place can be in one object; undefined where nothing bounds that. */
  readonly count: number | undefined
  /** The outermost place above whose parts cannot be found again in a changed object. */
  readonly uncorrelated: string | undefined
  readonly isResource: boolean
}

/** The texts of rules at all depths; false where one is wrong, and expressions are not compiled then. */
export function checkRuleTexts(rules: Rules, at: string, schema: Schema): boolean {
  const before = rules.errors.length
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries())
    checkText(rules, `${at}.x-kubernetes-validations[${index}]`, rule, schema)
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    checkRuleTexts(rules, `${at}.properties[${key}]`, child)
  if (isJsonObject(schema.additionalProperties))
    checkRuleTexts(rules, `${at}.additionalProperties`, schema.additionalProperties)
  if (schema.items) checkRuleTexts(rules, `${at}.items`, schema.items)
  for (const [index, branch] of (schema.allOf ?? []).entries())
    checkRuleTexts(rules, `${at}.allOf[${index}]`, branch)
  return rules.errors.length === before
}

const hasNewlines = (text: string) => /[\n\r]/.test(text)

function checkText(rules: Rules, at: string, rule: ValidationRule, schema: Schema): void {
  const [text, message] = [rule.rule.trim(), rule.message?.trim() ?? '']
  if (text === '') rules.required(`${at}.rule`, undefined, 'rule is not specified')
  else if (rule.message && message === '')
    rules.invalid(`${at}.message`, rule.message, ['must be non-empty if specified'])
  else if (hasNewlines(message))
    rules.invalid(`${at}.message`, rule.message, ['must not contain line breaks'])
  else if (hasNewlines(text) && message === '')
    rules.required(`${at}.message`, undefined, 'message must be specified if rule contains line breaks')
  if (rule.messageExpression && rule.messageExpression.trim() === '')
    rules.required(`${at}.messageExpression`, undefined, 'messageExpression must be non-empty if specified')
  if (rule.reason !== undefined && !reasons.includes(rule.reason))
    rules.add(notSupported(`${at}.reason`, rule.reason, reasons))
  if (!rule.fieldPath) return
  if (rule.fieldPath.trim() === '')
    rules.invalid(`${at}.fieldPath`, rule.fieldPath, ['must be non-empty if specified'])
  if (hasNewlines(rule.fieldPath))
    rules.invalid(`${at}.fieldPath`, rule.fieldPath, ['must not contain line breaks'])
  if (normalizeFieldPath(rule.fieldPath, schema) === undefined)
    rules.invalid(`${at}.fieldPath`, rule.fieldPath, ['must be a valid path'])
}

/**
 * Compiles all rules of a structural schema; refuses those that do not compile, cost too much, or compare with what
 * cannot be found in the previous object.
 */
export function checkRules(rules: Rules, at: string, schema: Schema): void {
  const checker = new RuleChecker(rules)
  checker.visit(schema, schema, { at, count: 1, uncorrelated: undefined, isResource: true })
  checker.finish(at)
}

class RuleChecker {
  readonly #rules: Rules
  readonly #costs: { readonly field: string; readonly cost: number }[] = []

  constructor(rules: Rules) {
    this.#rules = rules
  }

  /** `source` holds the rules, `schema` says what the values are. */
  visit(source: Schema, schema: Schema, place: Place): void {
    this.#check(source['x-kubernetes-validations'] ?? [], schema, place)
    const { at, count, uncorrelated } = place
    const mapType = schema['x-kubernetes-map-type']
    const isKeyed = mapType === undefined || mapType === 'granular' || mapType === 'atomic'
    for (const [key, child] of Object.entries(source.properties ?? {})) {
      const known = schema.properties?.[key]
      if (!known) continue
      const below = uncorrelated ?? (isKeyed ? undefined : at)
      this.visit(child, known, {
        ...inside(known),
        at: `${at}.properties[${key}]`,
        count,
        uncorrelated: below,
      })
    }
    const [rest, known] = [source.additionalProperties, schema.additionalProperties]
    if (isJsonObject(rest) && isJsonObject(known))
      this.visit(rest, known, {
        ...inside(known),
        at: `${at}.additionalProperties`,
        count: product(count, schema.maxProperties),
        uncorrelated,
      })
    if (source.items && schema.items)
      this.visit(source.items, schema.items, {
        ...inside(schema.items),
        at: `${at}.items`,
        count: product(count, schema.maxItems),
        uncorrelated: uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : at),
      })
    for (const [index, branch] of (source.allOf ?? []).entries())
      this.visit(branch, schema, { ...place, at: `${at}.allOf[${index}]` })
  }

  #check(found: readonly ValidationRule[], schema: Schema, place: Place): void {
    if (found.length === 0) return
    const declared = declaredType(schema, place.isResource)
    const field = `${place.at}.x-kubernetes-validations`
    if (!declared) {
      this.#rules.add({
        type: 'InternalError',
        field,
        detail: 'internal error: failed to retrieve type information for x-kubernetes-validations',
      })
      return
    }
    const count = place.count ?? Math.floor(MAX_REQUEST_BYTES / (declared.minBytes + 1))
    for (const [index, rule] of compileRulesOf(found, schema, declared.type).entries())
      this.#checkRule(rule, `${field}[${index}]`, { ...place, count })
  }

  #checkRule(compiled: CompiledRule, field: string, { count = 1, uncorrelated }: Place): void {
    const { rule, program, problem, message, messageProblem, usesOldSelf } = compiled
    if (program) this.#observe(`${field}.rule`, 'estimated rule cost', program.estimatedCost.max * count)
    if (problem !== undefined) this.#rules.invalid(`${field}.rule`, rule, [problem])
    if (messageProblem !== undefined)
      this.#rules.invalid(`${field}.messageExpression`, rule, [messageProblem])
    if (message)
      this.#observe(
        `${field}.messageExpression`,
        'estimated messageExpression cost',
        message.estimatedCost.max,
      )
    if (usesOldSelf && uncorrelated !== undefined)
      this.#rules.invalid(`${field}.rule`, rule.rule, [
        `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`,
      ])
    if (!usesOldSelf && rule.optionalOldSelf !== undefined)
      this.#rules.invalid(`${field}.optionalOldSelf`, rule.optionalOldSelf, [
        'may not be set if oldSelf is not used in rule',
      ])
  }

  #observe(field: string, name: string, cost: number): void {
    this.#costs.push({ field, cost })
    if (cost > RULE_LIMIT) this.#rules.forbidden(field, exceeded(name, cost, RULE_LIMIT))
  }

  finish(at: string): void {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0)
    if (total <= TOTAL_LIMIT) return
    const expensive = [...this.#costs].sort((a, b) => b.cost - a.cost).slice(0, MOST_EXPENSIVE)
    for (const { field } of expensive)
      this.#rules.forbidden(
        field,
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      )
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    this.#rules.forbidden(at, exceeded(name, total, TOTAL_LIMIT))
  }
}

const inside = (schema: Schema) => ({ isResource: schema['x-kubernetes-embedded-resource'] === true })

const product = (count: number | undefined, most: number | undefined): number | undefined =>
  count === undefined || most === undefined ? undefined : count * most

function exceeded(name: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown =
    factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}
