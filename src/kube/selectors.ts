import type { LabelSelector } from './generated/meta-v1.ts'
import { labelValueProblems, qualifiedNameProblems } from './names.ts'

type Labels = Readonly<Record<string, string>> | undefined

/** One condition on labels. `values` is sorted for In and NotIn, and has one element for Gt and Lt. */
export interface Requirement {
  key: string
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
  values: readonly string[]
}

/** A label selector that does not parse; the API answers it with BadRequest. */
export class SelectorError extends Error {
  override name = 'SelectorError'
}

const tokenPattern = /\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)/y
const operators: Readonly<Record<string, Requirement['operator']>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  tokenPattern.lastIndex = 0
  for (let match = tokenPattern.exec(text); match; match = tokenPattern.exec(text))
    tokens.push(match[1] ?? '')
  return tokens
}
const isWord = (token: string | undefined): token is string =>
  token !== undefined && !/^[=!(),<>]/.test(token)

/** The conditions of a selector such as `app=web,tier in (a,b),!legacy`. Throws SelectorError in upstream's words. */
export function parseRequirements(text: string): Requirement[] {
  const tokens = tokensOf(text)
  const result: Requirement[] = []
  let at = 0
  const found = (expected: string): string => `found '${tokens[at] ?? ''}', expected: ${expected}`
  const fail = (expected: string): never => {
    throw new SelectorError(`unable to parse requirement: ${found(expected)}`)
  }
  const word = (expected: string): string => {
    const token = tokens[at]
    if (!isWord(token)) return fail(expected)
    at++
    return token
  }
  const valuesInParentheses = (): string[] => {
    if (tokens[at] !== '(') fail("'('")
    at++
    const values: string[] = []
    for (;;) {
      // An empty place between commas is the empty value.
      values.push(isWord(tokens[at]) ? (tokens[at++] ?? '') : '')
      if (tokens[at] === ')') break
      if (tokens[at] !== ',') fail("',', ')' or identifier")
      at++
    }
    at++
    return values
  }
  while (at < tokens.length) {
    const isNegated = tokens[at] === '!'
    if (!isNegated && !isWord(tokens[at])) throw new SelectorError(found("!, identifier, or 'end of string'"))
    if (isNegated) {
      at++
      result.push({ key: word('identifier'), operator: 'DoesNotExist', values: [] })
    } else {
      const key = word("!, identifier, or 'end of string'")
      const token = tokens[at]
      if (token === undefined || token === ',') result.push({ key, operator: 'Exists', values: [] })
      else {
        const operator = operators[token] ?? fail('in, notin, =, ==, !=, gt, lt')
        at++
        const values =
          token === 'in' || token === 'notin'
            ? valuesInParentheses()
            : [isWord(tokens[at]) ? (tokens[at++] ?? '') : '']
        result.push({ key, operator, values: [...new Set(values)].sort() })
      }
    }
    if (at === tokens.length) break
    if (tokens[at] !== ',') throw new SelectorError(found("',' or 'end of string'"))
    at++
    if (tokens[at] !== '!' && !isWord(tokens[at])) throw new SelectorError(found("identifier after ','"))
  }
  for (const requirement of result) checkRequirement(requirement)
  return result
}

function checkRequirement({ key, operator, values }: Requirement): void {
  const refuse = (field: string, value: string, problems: readonly string[]) => {
    if (problems.length > 0)
      throw new SelectorError(
        `unable to parse requirement: ${field === 'key' ? '<nil>' : field}: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`,
      )
  }
  refuse('key', key, qualifiedNameProblems(key))
  if (operator === 'Gt' || operator === 'Lt')
    refuse(
      'values[0]',
      values[0] ?? '',
      /^-?\d+$/.test(values[0] ?? '') ? [] : ["for 'Gt', 'Lt' operators, the value must be an integer"],
    )
  else
    for (const [index, value] of values.entries())
      refuse(`values[${index}][${key}]`, value, labelValueProblems(value))
}

function satisfies({ key, operator, values }: Requirement, labels: Labels): boolean {
  // Labels may have the names of what every object inherits.
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) > BigInt(values[0] ?? 0)
    case 'Lt':
      return value !== undefined && /^-?\d+$/.test(value) && BigInt(value) < BigInt(values[0] ?? 0)
  }
}

/** The predicate of a selector's text; the empty selector matches everything. Throws SelectorError. */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const requirements = parseRequirements(text)
  return labels => requirements.every(requirement => satisfies(requirement, labels))
}

/** The conditions of a LabelSelector object. An operator that does not exist throws SelectorError. */
export function requirementsOf(selector: LabelSelector): Requirement[] {
  const result: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }))
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator !== 'In' && operator !== 'NotIn' && operator !== 'Exists' && operator !== 'DoesNotExist')
      throw new SelectorError(`"${operator}" is not a valid label selector operator`)
    result.push({ key, operator, values: [...values].sort() })
  }
  return result
}

/** The predicate of a LabelSelector, for where it is asked often: an empty one fits all, an absent one none. */
export function compileLabelSelector(selector: LabelSelector | undefined): (labels: Labels) => boolean {
  if (!selector) return () => false
  const requirements = requirementsOf(selector)
  return labels => requirements.every(requirement => satisfies(requirement, labels))
}

/** Whether labels fit a LabelSelector: an empty one fits all, an absent one none. */
export const matchesLabelSelector = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  selector !== undefined && requirementsOf(selector).every(requirement => satisfies(requirement, labels))

/** The selector as text that `parseLabelSelector` reads, in upstream's order and form. */
export const labelSelectorToString = (selector: LabelSelector): string =>
  requirementsOf(selector)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(requirementToString)
    .join(',')

function requirementToString({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
    case 'Gt':
      return `${key}>${values[0]}`
    case 'Lt':
      return `${key}<${values[0]}`
  }
}

/** A selector as Go prints a pointer to one: some of upstream's messages have it in them. */
export function goSelector(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil'
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}
