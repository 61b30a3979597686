import { parseDuration } from './duration.ts'
import { quote } from './format.ts'
import { tokenize } from './lexer.ts'
import { ParseError } from './parse-error.ts'
import { unquote } from './string-literal.ts'
import type { Span } from './syntax.ts'
import { describe, type Token } from './token.ts'

/** The tokens of a query with a place in them; failures carry the position of the token they are about. */
export class TokenStream {
  readonly query: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(query: string) {
    this.query = query
    this.#tokens = tokenize(query)
  }

  peek(ahead = 0): Token {
    // The last token is `end` or `error`, and nothing reads past it.
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!
  }

  take(): Token {
    const token = this.peek()
    if (token.type === 'error') this.unexpected()
    if (this.#at < this.#tokens.length - 1) this.#at++
    return token
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return (
      token.text === text &&
      (token.type === 'punctuation' || token.type === 'operator' || token.type === 'keyword')
    )
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.take()
    return true
  }

  expect(text: string, context: string, expected = quote(text)): Token {
    if (!this.is(text)) this.unexpected(context, expected)
    return this.take()
  }

  unexpected(context = '', expected = ''): never {
    const token = this.peek()
    if (token.type === 'error') throw new ParseError(this.query, token, token.text)
    const where = context === '' ? '' : ` in ${context}`
    const instead = expected === '' ? '' : `, expected ${expected}`
    throw new ParseError(this.query, token, `unexpected ${describe(token)}${where}${instead}`)
  }

  fail(span: Span, reason: string): never {
    throw new ParseError(this.query, span, reason)
  }

  string(context: string): string {
    const token = this.peek()
    if (token.type !== 'string') this.unexpected(context, 'string')
    this.take()
    const text = unquote(token.text)
    return text ?? this.fail(token, 'error unquoting string: invalid syntax')
  }

  /** A number, or a duration as the number of its seconds. */
  number(): number {
    const token = this.take()
    if (token.type === 'duration') return this.#toMs(token) / 1000
    const value = toNumber(token.text)
    if (Number.isFinite(value) || /^(?:inf|nan)$/i.test(token.text)) return value
    return this.fail(
      token,
      `error parsing number: strconv.ParseFloat: parsing ${quote(token.text)}: value out of range`,
    )
  }

  isNumber(): boolean {
    const { type } = this.peek()
    return type === 'number' || type === 'duration'
  }

  /** The milliseconds of a duration, or of a number of seconds. */
  duration(context: string): number {
    const { text, type } = this.peek()
    const isCall = /^(?:step|range|min_of|max_of)$/i.test(text) && this.is('(', 1)
    if (isCall || this.is('(') || this.is('+') || this.is('-'))
      this.fail(this.peek(), 'experimental duration expression is not enabled')
    if (!this.isNumber()) this.unexpected(context, 'number, duration, step(), or range()')
    if (type === 'duration') return this.#toMs(this.take())
    const token = this.peek()
    // A number of seconds counts whole nanoseconds before whole milliseconds, or 1.001 would lose one.
    const ms = Math.trunc(Math.round(this.number() * 1e9) / 1e6)
    return Number.isFinite(ms) ? ms : this.fail(token, 'duration out of range')
  }

  #toMs(token: Token): number {
    const ms = parseDuration(token.text)
    if (ms !== undefined) return ms
    const unknown = /\d+([smhdwy]s)/.exec(token.text.replace(/\dms/g, ''))?.[1]
    return this.fail(
      token,
      unknown === undefined
        ? `not a valid duration string: ${quote(token.text)}`
        : `unknown unit ${quote(unknown)} in duration ${quote(token.text)}`,
    )
  }
}

function toNumber(text: string): number {
  const plain = text.replaceAll('_', '')
  if (/^inf$/i.test(plain)) return Infinity
  if (/^0[0-7]+$/.test(plain)) return Number.parseInt(plain, 8)
  return Number(plain)
}
