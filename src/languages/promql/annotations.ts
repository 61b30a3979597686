import { quote } from './format.ts'
import { positionOf } from './parse-error.ts'
import type { Span } from './syntax.ts'

/** More would only bury the first ones; upstream's HTTP API shows ten. */
const MAX_NOTES = 100

/** What a query's author should know about its answer, in upstream's words, each once. */
export class Annotations {
  readonly #query: string
  readonly #warnings = new Set<string>()
  readonly #infos = new Set<string>()

  constructor(query: string) {
    this.#query = query
  }

  get warnings(): readonly string[] {
    return [...this.#warnings]
  }
  get infos(): readonly string[] {
    return [...this.#infos]
  }

  warn(span: Span, text: string): void {
    if (this.#warnings.size < MAX_NOTES) this.#warnings.add(`PromQL warning: ${text} ${this.#at(span)}`)
  }
  info(span: Span, text: string): void {
    if (this.#infos.size < MAX_NOTES) this.#infos.add(`PromQL info: ${text} ${this.#at(span)}`)
  }

  #at(span: Span): string {
    return `(${positionOf(this.#query, span.start)})`
  }
}

/** ` for metric name "x"`, or nothing without a name. */
export const forMetric = (name: string): string => (name === '' ? '' : ` for metric name ${quote(name)}`)
