import type { Clock } from '../../../kernel/clock.ts'
import {
  type Answer,
  type EngineOptions,
  type ParsedQuery,
  queryInstant,
  queryRange,
} from '../../../languages/promql/engine.ts'
import { parse } from '../../../languages/promql/parser.ts'
import { typeOf } from '../../../languages/promql/check-types.ts'
import type { MetricsSettings } from '../settings.ts'
import type { MetricsStore } from '../store/metrics-store.ts'
import { Querier } from '../store/querier.ts'
import { badData, badParameter, PrometheusApiError } from './api-error.ts'
import type { Parameters } from './parameters.ts'

const MAX_POINTS = 11_000
const MAX_CACHED = 256
/** Longer texts are not worth their place in the cache. */
const MAX_CACHED_LENGTH = 10_000

export interface QueryParts {
  store: MetricsStore
  clock: Clock
  settings: MetricsSettings
}

/** Answers queries: parses each text once, and bounds time and samples. */
export class Queries {
  readonly #parts: QueryParts
  readonly #parsed = new Map<string, ParsedQuery>()

  constructor(parts: QueryParts) {
    this.#parts = parts
  }

  instant(parameters: Parameters): Answer {
    const timeMs = parameters.time('time', this.#parts.clock.now())
    const { querier, options } = this.#prepare(parameters)
    return queryInstant(this.#parse(parameters.text('query')), querier, timeMs, options)
  }

  range(parameters: Parameters): Answer {
    const startMs = parameters.requiredTime('start')
    const endMs = parameters.requiredTime('end')
    if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start time')
    const stepMs = parameters.duration('step')
    if (stepMs === undefined) throw badParameter('step', 'cannot parse "" to a valid duration')
    if (stepMs <= 0)
      throw badParameter(
        'step',
        'zero or negative query resolution step widths are not accepted. Try a positive integer',
      )
    if ((endMs - startMs) / stepMs > MAX_POINTS)
      throw badData(
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
      )
    const { querier, options } = this.#prepare(parameters)
    const parsed = this.#parse(parameters.text('query'))
    const type = typeOf(parsed.expression)
    if (type !== 'scalar' && type !== 'instant vector')
      throw badParameter(
        'query',
        `invalid expression type "${type}" for range query, must be Scalar or instant Vector`,
      )
    // A step below a millisecond would not advance.
    return queryRange(parsed, querier, { startMs, endMs, stepMs: Math.max(1, Math.trunc(stepMs)) }, options)
  }

  /** Reads labels and series, bounded like a query. */
  querier(parameters: Parameters): Querier {
    return this.#prepare(parameters).querier
  }

  #prepare(parameters: Parameters): { querier: Querier; options: EngineOptions } {
    const { store, clock, settings } = this.#parts
    const wanted = parameters.duration('timeout') ?? settings.queryTimeoutMs
    const timeoutMs = Math.min(wanted, settings.queryTimeoutMs)
    const started = clock.elapsed()
    const checkpoint = () => {
      if (clock.elapsed() - started > timeoutMs)
        throw new PrometheusApiError('timeout', 'query timed out in expression evaluation')
    }
    const { maxSamples } = settings
    const lookbackMs = parameters.duration('lookback_delta')
    return {
      querier: new Querier(store, { maxSamples, checkpoint }),
      options: { maxSamples, checkpoint, ...(lookbackMs === undefined ? {} : { lookbackMs }) },
    }
  }

  #parse(text: string): ParsedQuery {
    const found = this.#parsed.get(text)
    if (found) return found
    const { experimentalFunctions } = this.#parts.settings
    const parsed = { text, expression: parse(text, { experimentalFunctions }) }
    if (text.length > MAX_CACHED_LENGTH) return parsed
    const [oldest] = this.#parsed.keys()
    if (this.#parsed.size >= MAX_CACHED && oldest !== undefined) this.#parsed.delete(oldest)
    this.#parsed.set(text, parsed)
    return parsed
  }
}
