import { parseDuration } from '../../../languages/promql/duration.ts'
import type { Matcher } from '../../../languages/promql/matcher.ts'
import { ParseError } from '../../../languages/promql/parse-error.ts'
import { parse } from '../../../languages/promql/parser.ts'
import { badData, badParameter } from './api-error.ts'

const MAX_SECONDS = 1e13

/** Unix seconds with fractions, or RFC 3339, in milliseconds. */
function toTimeMs(text: string): number | undefined {
  const seconds = text.trim() === '' ? Number.NaN : Number(text)
  if (Math.abs(seconds) <= MAX_SECONDS) return Math.round(seconds * 1000)
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** The parameters of a request, from its URL and form. */
export class Parameters {
  readonly #values: URLSearchParams

  constructor(values: URLSearchParams) {
    this.#values = values
  }

  text(name: string): string {
    return this.#values.get(name) ?? ''
  }
  all(name: string): string[] {
    return this.#values.getAll(name)
  }

  /** Milliseconds; the fallback when the parameter is missing. */
  time(name: string, fallback: number): number {
    const text = this.text(name)
    if (text === '') return fallback
    const ms = toTimeMs(text)
    if (ms === undefined) throw badParameter(name, `cannot parse "${text}" to a valid timestamp`)
    return ms
  }

  requiredTime(name: string): number {
    if (this.text(name) === '') throw badParameter(name, 'cannot parse "" to a valid timestamp')
    return this.time(name, 0)
  }

  /** Milliseconds of a number of seconds or a duration. */
  duration(name: string): number | undefined {
    const text = this.text(name)
    if (text === '') return undefined
    const seconds = Number(text)
    const ms = Number.isNaN(seconds) ? parseDuration(text) : seconds * 1000
    if (ms === undefined || !Number.isFinite(ms))
      throw badParameter(name, `cannot parse "${text}" to a valid duration`)
    return ms
  }

  /** How many results at most; 0 for all. */
  limit(name = 'limit'): number {
    const text = this.text(name)
    const limit = Number(text)
    if (text !== '' && (!Number.isInteger(limit) || limit < 0))
      throw badParameter(name, 'limit must be non-negative')
    return limit
  }

  /** The selectors in `match[]`. */
  selectors(): (readonly Matcher[])[] {
    return this.all('match[]').map(text => {
      try {
        const expression = parse(text)
        if (expression.kind === 'selector' && !expression.at && expression.offsetMs === 0)
          return expression.matchers
      } catch (error) {
        if (error instanceof ParseError) throw badParameter('match[]', error.message)
        throw error
      }
      throw badParameter('match[]', `"${text}" is no selector`)
    })
  }

  requiredSelectors(): (readonly Matcher[])[] {
    const selectors = this.selectors()
    if (selectors.length === 0) throw badData('no match[] parameter provided')
    return selectors
  }
}
