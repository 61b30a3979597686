import type { CallContext, PromFunction } from './call-context.ts'
import { formatShort, quote } from './format.ts'
import { KahanMean, KahanSum } from './kahan.ts'
import { Labels, METRIC_NAME } from './labels.ts'
import { quantile } from './quantile.ts'
import { RangeWindow } from './range-window.ts'
import { extrapolated, instantaneous, type RateKind } from './rate.ts'
import { doubleExponentialSmoothing, linearRegression } from './regression.ts'
import { absentLabels } from './absent.ts'
import { EvaluationError, mergeDuplicates, newSeries, type Value, type VectorSeries } from './value.ts'

type OverWindow = (window: RangeWindow, args: readonly number[], step: number) => number | undefined

interface Options {
  /** Which argument is the range; the others are scalars. */
  range?: number
  keepsName?: boolean
  check?: (context: CallContext, args: readonly number[]) => void
}

/** Slides a window over each series of a range, one place for each step. */
function over(compute: OverWindow, options: Options = {}): PromFunction {
  return context => {
    const { evaluation, node } = context
    const { query, steps } = evaluation
    const rangeIndex = options.range ?? 0
    const scalars = node.args.flatMap((_, index) => (index === rangeIndex ? [] : [context.scalar(index)]))
    const argsAt = (step: number): number[] => scalars.map(values => values[step] ?? 0)
    const { series: list, rangeMs, firstEndMs, fixed } = context.ranges(rangeIndex)
    query.charge(list.length * steps)
    const result: VectorSeries[] = []
    let args = argsAt(0)
    for (const series of list) {
      query.checkpoint()
      const dropName = options.keepsName ? series.dropName : true
      const labels = options.keepsName || query.delayedNameRemoval ? series.labels : series.labels.dropName()
      const output = newSeries(labels, dropName && query.delayedNameRemoval, steps)
      const { times } = series
      const { values, present } = output
      const window = new RangeWindow(series)
      window.rangeMs = rangeMs
      let any = false
      for (let step = 0; step < steps; step++) {
        const end = fixed ? firstEndMs : firstEndMs + step * evaluation.stepMs
        window.endMs = end
        window.startMs = end - rangeMs
        window.atMs = evaluation.timeAt(step)
        let { from, to } = window
        while (to < times.length && (times[to] ?? 0) <= end) to++
        while (from < to && (times[from] ?? 0) <= end - rangeMs) from++
        window.from = from
        window.to = to
        if (from === to) continue
        if (scalars.length > 0) {
          args = argsAt(step)
          options.check?.(context, args)
        }
        const value = compute(window, args, step)
        if (value === undefined) continue
        values[step] = value
        present[step] = 1
        any = true
      }
      if (any) result.push(output)
    }
    return { type: 'vector', series: mergeDuplicates(result) }
  }
}

const COUNTER_NAME = /_(?:total|sum|count|bucket)$/

/** Notes metrics that are not named like counters, then computes over them. */
function overCounter(compute: OverWindow): PromFunction {
  const computeAll = over(compute)
  return context => {
    const result = computeAll(context)
    const { series } = context.ranges(0)
    for (const { labels, times } of series) {
      const name = labels.get(METRIC_NAME)
      if (times.length > 1 && name !== '' && !COUNTER_NAME.test(name))
        context.evaluation.query.annotations.info(
          context.argument(0),
          `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`,
        )
    }
    return result
  }
}

function fold(window: RangeWindow, add: (value: number) => void): void {
  for (let i = window.from; i < window.to; i++) add(window.values[i] ?? 0)
}

function sum(window: RangeWindow): number {
  const total = new KahanSum()
  for (let i = window.from; i < window.to; i++) total.add(window.values[i] ?? 0)
  return total.total
}

function average(window: RangeWindow): number {
  const mean = new KahanMean()
  for (let i = window.from; i < window.to; i++) mean.add(window.values[i] ?? 0)
  return mean.mean
}

function variance(window: RangeWindow): number {
  const [mean, squares] = [new KahanSum(), new KahanSum()]
  let count = 0
  fold(window, value => {
    count++
    const delta = value - (mean.sum + mean.compensation)
    mean.add(delta / count)
    squares.add(delta * (value - (mean.sum + mean.compensation)))
  })
  return (squares.sum + squares.compensation) / count
}

/** The index, within the window, of its extreme; NaN only wins over nothing. */
function extreme(window: RangeWindow, beats: (candidate: number, best: number) => boolean): number {
  let best = window.from
  for (let i = window.from + 1; i < window.to; i++) {
    const current = window.values[best] ?? 0
    if (beats(window.values[i] ?? 0, current) || Number.isNaN(current)) best = i
  }
  return best - window.from
}

function changes(window: RangeWindow): number {
  let count = 0
  for (let i = window.from + 1; i < window.to; i++) {
    const [value, previous] = [window.values[i] ?? 0, window.values[i - 1] ?? 0]
    if (value !== previous && !(Number.isNaN(value) && Number.isNaN(previous))) count++
  }
  return count
}

function medianDeviation(window: RangeWindow): number {
  const values = window.values.slice(window.from, window.to)
  if (values.some(Number.isNaN)) return Number.NaN
  const median = quantile(0.5, values)
  return quantile(
    0.5,
    values.map(value => Math.abs(value - median)),
  )
}

function checkQuantile(context: CallContext, [phi = 0]: readonly number[]): void {
  if (!(phi >= 0 && phi <= 1))
    context.evaluation.query.annotations.warn(
      context.argument(0),
      `quantile value should be between 0 and 1, got ${formatShort(phi)}`,
    )
}

function checkSmoothing(_: CallContext, args: readonly number[]): void {
  for (const [index, kind] of ['smoothing', 'trend'].entries()) {
    const value = args[index] ?? 0
    if (value <= 0 || value >= 1) {
      const letter = kind[0]
      throw new EvaluationError(
        `invalid ${kind} factor. Expected: 0 < ${letter}f < 1, got: ${value.toFixed(6)}`,
      )
    }
  }
}

/** 1 at each step where no series of the range has a point. */
function absentOverTime(context: CallContext): Value {
  const { steps } = context.evaluation
  const present = over(() => 1, { keepsName: true })(context)
  const output = newSeries(Labels.of(absentLabels(context.argument(0))), false, steps)
  if (present.type !== 'vector') return present
  for (let step = 0; step < steps; step++) {
    if (present.series.some(series => series.present[step])) continue
    output.present[step] = 1
    output.values[step] = 1
  }
  return { type: 'vector', series: [output] }
}

const last = (window: RangeWindow): number => window.value(window.count - 1)
const above = (candidate: number, best: number): boolean => candidate > best
const below = (candidate: number, best: number): boolean => candidate < best
const atLeast = (candidate: number, best: number): boolean => candidate >= best
const atMost = (candidate: number, best: number): boolean => candidate <= best
const seconds = (window: RangeWindow, index: number): number => window.time(index) / 1000

const RATE: RateKind = { isCounter: true, isRate: true }
const INCREASE: RateKind = { isCounter: true, isRate: false }
const DELTA: RateKind = { isCounter: false, isRate: false }

/** The functions that take a range vector. */
export const rangeFunctions: Readonly<Record<string, PromFunction>> = {
  rate: overCounter(window => extrapolated(window, RATE)),
  increase: overCounter(window => extrapolated(window, INCREASE)),
  delta: over(window => extrapolated(window, DELTA)),
  irate: over(window => instantaneous(window, true)),
  idelta: over(window => instantaneous(window, false)),
  deriv: over(window => (window.count < 2 ? undefined : linearRegression(window, window.time(0)).slope)),
  predict_linear: over((window, [ahead = 0]) => {
    if (window.count < 2) return undefined
    const { slope, intercept } = linearRegression(window, window.atMs)
    return slope * ahead + intercept
  }),
  sum_over_time: over(sum),
  avg_over_time: over(average),
  count_over_time: over(window => window.count),
  min_over_time: over(window => window.value(extreme(window, below))),
  max_over_time: over(window => window.value(extreme(window, above))),
  stdvar_over_time: over(variance),
  stddev_over_time: over(window => Math.sqrt(variance(window))),
  last_over_time: over(last, { keepsName: true }),
  first_over_time: over(window => window.value(0), { keepsName: true }),
  present_over_time: over(() => 1),
  absent_over_time: absentOverTime,
  quantile_over_time: over(
    (window, [phi = 0]) => quantile(phi, window.values.subarray(window.from, window.to)),
    { range: 1, check: checkQuantile },
  ),
  mad_over_time: over(medianDeviation),
  changes: over(changes),
  resets: over(window => window.resets),
  double_exponential_smoothing: over(
    (window, [level = 0, trend = 0]) => doubleExponentialSmoothing(window, level, trend),
    { check: checkSmoothing },
  ),
  ts_of_first_over_time: over(window => seconds(window, 0)),
  ts_of_last_over_time: over(window => seconds(window, window.count - 1)),
  ts_of_max_over_time: over(window => seconds(window, extreme(window, atLeast))),
  ts_of_min_over_time: over(window => seconds(window, extreme(window, atMost))),
}
