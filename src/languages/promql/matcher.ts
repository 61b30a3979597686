import { compileAnchored, literalAlternatives } from './regex.ts'

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

/** Throws RegexError for an expression that RE2 refuses. */
export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  const base = { name, operator, value }
  if (operator === '=') return { ...base, literals: [value], matches: text => text === value }
  if (operator === '!=') return { ...base, literals: undefined, matches: text => text !== value }
  const regex = compileAnchored(value)
  const alternatives = literalAlternatives(value)
  const accepts = alternatives ? acceptSet(alternatives) : (text: string) => regex.test(text)
  return operator === '=~'
    ? { ...base, literals: alternatives, matches: accepts }
    : { ...base, literals: undefined, matches: text => !accepts(text) }
}

function acceptSet(alternatives: readonly string[]): (text: string) => boolean {
  const set = new Set(alternatives)
  return text => set.has(text)
}
