import { absentLabels } from './absent.ts'
import type { CallContext, PromFunction } from './call-context.ts'
import { Labels } from './labels.ts'
import {
  hasAny,
  mergeDuplicates,
  newSeries,
  type ScalarValue,
  type Value,
  type VectorSeries,
  type VectorValue,
} from './value.ts'

/** A value for one of the vector's samples, from the scalar arguments at its step; undefined drops the sample. */
type OnSample = (value: number, args: readonly number[]) => number | undefined

/** Applies a function to every sample of the first argument; the rest are scalars. The metric's name no longer applies. */
function map(compute: OnSample): PromFunction {
  return context => ({ type: 'vector', series: mapSeries(context, context.vector(0), compute) })
}

export function mapSeries(context: CallContext, list: VectorSeries[], compute: OnSample): VectorSeries[] {
  const { query, steps } = context.evaluation
  const scalars = context.node.args.slice(1).map((_, index) => context.scalar(index + 1))
  query.charge(list.length * steps)
  const result: VectorSeries[] = []
  let args: readonly number[] = []
  for (const series of list) {
    const output = nameless(context, series)
    for (let step = 0; step < steps; step++) {
      if (!series.present[step]) continue
      if (scalars.length > 0) args = scalars.map(values => values[step] ?? 0)
      const value = compute(series.values[step] ?? 0, args)
      if (value === undefined) continue
      output.values[step] = value
      output.present[step] = 1
    }
    if (hasAny(output)) result.push(output)
  }
  return mergeDuplicates(result)
}

/** An empty series of the same labels, whose name no longer applies. */
function nameless(context: CallContext, series: VectorSeries): VectorSeries {
  const { query, steps } = context.evaluation
  return query.delayedNameRemoval
    ? newSeries(series.labels, true, steps)
    : newSeries(series.labels.dropName(), false, steps)
}

/** A function of the calendar in UTC, of a vector of Unix times, or of the evaluation's time without one. */
function calendar(part: (date: Date) => number): PromFunction {
  const compute = (value: number): number => {
    const date = new Date(Math.trunc(value) * 1000)
    return part(date)
  }
  return context => {
    if (context.has(0)) return map(compute)(context)
    const { evaluation } = context
    const output = newSeries(Labels.empty, false, evaluation.steps)
    for (let step = 0; step < evaluation.steps; step++) {
      output.values[step] = compute(Math.floor(evaluation.timeAt(step) / 1000))
      output.present[step] = 1
    }
    return { type: 'vector', series: [output] }
  }
}

function clamp(value: number, [min = 0, max = 0]: readonly number[]): number | undefined {
  return max < min ? undefined : Math.max(min, Math.min(max, value))
}

function round(value: number, [nearest = 1]: readonly number[]): number {
  // The inverse avoids 0.1-like steps that binary fractions cannot hold.
  const inverse = 1 / nearest
  return Math.floor(value * inverse + 0.5) / inverse
}

function absent(context: CallContext): VectorValue {
  const { steps } = context.evaluation
  const list = context.vector(0)
  const output = newSeries(Labels.of(absentLabels(context.argument(0))), false, steps)
  for (let step = 0; step < steps; step++) {
    if (list.some(series => series.present[step])) continue
    output.present[step] = 1
    output.values[step] = 1
  }
  return { type: 'vector', series: [output] }
}

/** The value of a vector's only sample, NaN at steps where it has none or several. */
function toScalar(context: CallContext): ScalarValue {
  const { steps } = context.evaluation
  const list = context.vector(0)
  const values = new Float64Array(steps).fill(Number.NaN)
  for (let step = 0; step < steps; step++) {
    const present = list.filter(series => series.present[step])
    if (present.length === 1) values[step] = present[0]?.values[step] ?? Number.NaN
  }
  return { type: 'scalar', values }
}

function toVector(context: CallContext): VectorValue {
  const output = newSeries(Labels.empty, false, context.evaluation.steps)
  output.values.set(context.scalar(0))
  output.present.fill(1)
  return { type: 'vector', series: [output] }
}

/** A scalar that depends on nothing but the step. */
const atEachStep =
  (compute: (context: CallContext, step: number) => number): PromFunction =>
  (context): Value => {
    const values = new Float64Array(context.evaluation.steps)
    for (let step = 0; step < values.length; step++) values[step] = compute(context, step)
    return { type: 'scalar', values }
  }

const scalarOf = (compute: (a: number, b: number) => number): PromFunction =>
  atEachStep((context, step) => compute(context.scalar(0)[step] ?? 0, context.scalar(1)[step] ?? 0))

const nothing: PromFunction = context => {
  context.vector(0)
  return { type: 'vector', series: [] }
}

const MS_PER_DAY = 86_400_000

/** The functions that take instant vectors and scalars, sample by sample. */
export const vectorFunctions: Readonly<Record<string, PromFunction>> = {
  ...Object.fromEntries(
    (
      [
        'abs',
        'acos',
        'acosh',
        'asin',
        'asinh',
        'atan',
        'atanh',
        'ceil',
        'cos',
        'cosh',
        'exp',
        'floor',
        'log10',
        'log2',
        'sin',
        'sinh',
        'sqrt',
        'tan',
        'tanh',
      ] as const
    ).map(name => [name, map(value => Math[name](value))]),
  ),
  ln: map(value => Math.log(value)),
  deg: map(value => (value * 180) / Math.PI),
  rad: map(value => (value * Math.PI) / 180),
  sgn: map(value => (value < 0 ? -1 : value > 0 ? 1 : value)),
  clamp: map(clamp),
  clamp_min: map((value, [min = 0]) => Math.max(min, value)),
  clamp_max: map((value, [max = 0]) => Math.min(max, value)),
  round: map(round),
  absent,
  scalar: toScalar,
  vector: toVector,
  pi: atEachStep(() => Math.PI),
  time: atEachStep(({ evaluation }, step) => evaluation.timeAt(step) / 1000),
  start: atEachStep(({ evaluation }) => evaluation.query.startMs / 1000),
  end: atEachStep(({ evaluation }) => evaluation.query.endMs / 1000),
  step: atEachStep(({ evaluation }) => (evaluation.query.isInstant ? 0 : evaluation.query.stepMs / 1000)),
  range: atEachStep(({ evaluation }) => (evaluation.query.endMs - evaluation.query.startMs) / 1000),
  min_of: scalarOf(Math.min),
  max_of: scalarOf(Math.max),
  year: calendar(date => date.getUTCFullYear()),
  month: calendar(date => date.getUTCMonth() + 1),
  day_of_month: calendar(date => date.getUTCDate()),
  day_of_week: calendar(date => date.getUTCDay()),
  day_of_year: calendar(
    date => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / MS_PER_DAY) + 1,
  ),
  days_in_month: calendar(date =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  ),
  hour: calendar(date => date.getUTCHours()),
  minute: calendar(date => date.getUTCMinutes()),
  // Upstream answers nothing for samples that are not native histograms, and there are no others here.
  histogram_avg: nothing,
  histogram_count: nothing,
  histogram_sum: nothing,
  histogram_stddev: nothing,
  histogram_stdvar: nothing,
}
