import { compile } from '../re2/pattern.ts'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

/** One condition on a label; a label that is absent has the empty value. */
export interface Matcher {
  readonly name: string
  readonly operator: MatchOperator
  readonly value: string
  /** For `=` and `=~`: the only values that can match, when they are few and known. */
  readonly literals: readonly string[] | undefined
  matches(value: string): boolean
}

/** Throws PatternError for an expression that RE2 refuses. It must match the whole value; `.` matches newlines. */
export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  const base = { name, operator, value }
  if (operator === '=') return { ...base, literals: [value], matches: text => text === value }
  if (operator === '!=') return { ...base, literals: undefined, matches: text => text !== value }
  const pattern = compile(value, { flags: 's' })
  return operator === '=~'
    ? { ...base, literals: pattern.literals, matches: text => pattern.fullMatch(text) }
    : { ...base, literals: undefined, matches: text => !pattern.fullMatch(text) }
}
