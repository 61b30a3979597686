import { Annotations } from './annotations.ts'
import { typeOf } from './check-types.ts'
import { evaluate, evaluateRanges } from './evaluate.ts'
import { Evaluation, type Query, sampleBudget } from './evaluation.ts'
import { Labels } from './labels.ts'
import type { Storage } from './storage.ts'
import type { Expression } from './syntax.ts'
import { byLabels, EvaluationError, hasAny, mergeDuplicates, type Value, type VectorSeries } from './value.ts'

export interface Sample {
  labels: Labels
  timeMs: number
  value: number
}
export interface MatrixSeries {
  labels: Labels
  times: Float64Array
  values: Float64Array
}
export type Result =
  | { type: 'scalar'; timeMs: number; value: number }
  | { type: 'string'; timeMs: number; value: string }
  | { type: 'vector'; samples: Sample[] }
  | { type: 'matrix'; series: MatrixSeries[] }

export interface Answer {
  result: Result
  warnings: readonly string[]
  infos: readonly string[]
}

export interface EngineOptions {
  /** How old a sample may be and still count as current. Upstream's default is 5 minutes. */
  lookbackMs?: number
  /** The step of a subquery that names none. Upstream's default is 1 minute. */
  subqueryStepMs?: number
  /** How many samples one query may hold. */
  maxSamples?: number
  /** Upstream's `promql-delayed-name-removal`. */
  delayedNameRemoval?: boolean
  /** Called now and then during evaluation; throw to end it. */
  checkpoint?: () => void
}

export interface ParsedQuery {
  text: string
  expression: Expression
}

const DEFAULT_LOOKBACK_MS = 5 * 60_000
const DEFAULT_SUBQUERY_STEP_MS = 60_000
const DEFAULT_MAX_SAMPLES = 50_000_000

interface Range {
  startMs: number
  endMs: number
  stepMs: number
}

function queryOf(parsed: ParsedQuery, storage: Storage, range: Range, options: EngineOptions): Query {
  return {
    text: parsed.text,
    storage,
    annotations: new Annotations(parsed.text),
    lookbackMs: options.lookbackMs ?? DEFAULT_LOOKBACK_MS,
    subqueryStepMs: options.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS,
    delayedNameRemoval: options.delayedNameRemoval ?? false,
    ...range,
    isInstant: range.stepMs === 0,
    checkpoint: options.checkpoint ?? (() => undefined),
    charge: sampleBudget(options.maxSamples ?? DEFAULT_MAX_SAMPLES),
  }
}

const answer = (query: Query, result: Result): Answer => ({
  result,
  warnings: query.annotations.warnings,
  infos: query.annotations.infos,
})

/** Evaluates a query at one instant. Throws EvaluationError, or what `checkpoint` throws. */
export function queryInstant(
  parsed: ParsedQuery,
  storage: Storage,
  timeMs: number,
  options: EngineOptions = {},
): Answer {
  const query = queryOf(parsed, storage, { startMs: timeMs, endMs: timeMs, stepMs: 0 }, options)
  const evaluation = new Evaluation(query, timeMs, timeMs, 1)
  if (typeOf(parsed.expression) === 'range vector')
    return answer(query, { type: 'matrix', series: pointsInRange(evaluation, parsed.expression) })
  const value = evaluate(evaluation, parsed.expression)
  if (value.type === 'string') return answer(query, { ...value, timeMs })
  if (value.type === 'scalar') return answer(query, { type: 'scalar', timeMs, value: value.values[0] ?? 0 })
  const samples = named(value.series).map(({ labels, values }) => ({ labels, timeMs, value: values[0] ?? 0 }))
  return answer(query, { type: 'vector', samples })
}

/** Evaluates a query from `startMs` to `endMs` every `stepMs`. */
export function queryRange(
  parsed: ParsedQuery,
  storage: Storage,
  range: Range,
  options: EngineOptions = {},
): Answer {
  const type = typeOf(parsed.expression)
  if (type !== 'instant vector' && type !== 'scalar')
    throw new EvaluationError(
      `invalid expression type "${type}" for range query, must be Scalar or instant Vector`,
    )
  const query = queryOf(parsed, storage, range, options)
  const evaluation = new Evaluation(query, range.startMs, range.endMs, range.stepMs)
  const value = evaluate(evaluation, parsed.expression)
  return answer(query, { type: 'matrix', series: matrixOf(evaluation, value) })
}

/** Names that functions dropped go now, which may show that two series are one. */
function named(list: VectorSeries[]): VectorSeries[] {
  const series = list.map(one => (one.dropName ? { ...one, labels: one.labels.dropName() } : one))
  return mergeDuplicates(series).filter(hasAny)
}

function pointsInRange(evaluation: Evaluation, expression: Expression): MatrixSeries[] {
  const { series, firstEndMs, rangeMs } = evaluateRanges(evaluation, expression)
  return series
    .map(({ labels, dropName, times, values }) => {
      let from = 0
      while (from < times.length && (times[from] ?? 0) <= firstEndMs - rangeMs) from++
      return {
        labels: dropName ? labels.dropName() : labels,
        times: times.subarray(from),
        values: values.subarray(from),
      }
    })
    .filter(one => one.times.length > 0)
    .sort(byLabels)
}

function matrixOf(evaluation: Evaluation, value: Value): MatrixSeries[] {
  const { steps } = evaluation
  if (value.type === 'string') return []
  const list: VectorSeries[] =
    value.type === 'vector'
      ? named(value.series)
      : [
          {
            labels: Labels.empty,
            dropName: false,
            values: value.values,
            present: new Uint8Array(steps).fill(1),
          },
        ]
  const times = Float64Array.from({ length: steps }, (_, step) => evaluation.timeAt(step))
  return list
    .map(({ labels, values, present }) => {
      if (!present.includes(0)) return { labels, times, values }
      const kept = times.filter((_, step) => present[step] === 1)
      return { labels, times: kept, values: values.filter((_, step) => present[step] === 1) }
    })
    .sort(byLabels)
}
