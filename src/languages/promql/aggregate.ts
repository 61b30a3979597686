import type { Evaluation } from './evaluation.ts'
import { formatPlain, formatShort, quote } from './format.ts'
import { KahanMean, KahanSum } from './kahan.ts'
import { type Labels, METRIC_NAME } from './labels.ts'
import { quantile } from './quantile.ts'
import { isLabelName } from './string-literal.ts'
import type { Aggregation } from './syntax.ts'
import { EvaluationError, newSeries, type Value, type VectorSeries } from './value.ts'

interface Group {
  labels: Labels
  members: VectorSeries[]
}

/** Groups series by the labels named in `by`, or by all but those in `without` (and the metric's name). */
function groupsOf(node: Aggregation, list: readonly VectorSeries[]): Group[] {
  const names = new Set(node.grouping)
  if (node.without) names.add(METRIC_NAME)
  const groups = new Map<string, Group>()
  for (const series of list) {
    const key = series.labels.keyOf(names, !node.without)
    const group = groups.get(key)
    if (group) group.members.push(series)
    else {
      const labels = node.without ? series.labels.drop(names) : series.labels.keep(names)
      groups.set(key, { labels, members: [series] })
    }
  }
  return [...groups.values()]
}

/** Reduces the values of a group at one step; there is at least one. */
type Reduce = (values: Float64Array, step: number) => number

function sum(values: Float64Array): number {
  const total = new KahanSum()
  for (let i = 0; i < values.length; i++) total.add(values[i] ?? 0)
  return total.total
}

function average(values: Float64Array): number {
  const mean = new KahanMean()
  for (let i = 0; i < values.length; i++) mean.add(values[i] ?? 0)
  return mean.mean
}

/** Welford's method. */
function variance(values: Float64Array): number {
  let mean = 0
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    const delta = (values[i] ?? 0) - mean
    mean += delta / (i + 1)
    squares += delta * ((values[i] ?? 0) - mean)
  }
  return squares / values.length
}

function extreme(values: Float64Array, beats: (candidate: number, best: number) => boolean): number {
  let best = values[0] ?? 0
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? 0
    if (beats(value, best) || Number.isNaN(best)) best = value
  }
  return best
}

const REDUCERS: Partial<Record<Aggregation['operator'], Reduce>> = {
  sum,
  avg: average,
  count: values => values.length,
  min: values => extreme(values, (a, b) => a < b),
  max: values => extreme(values, (a, b) => a > b),
  group: () => 1,
  stdvar: variance,
  stddev: values => Math.sqrt(variance(values)),
}

function reduceGroups(evaluation: Evaluation, groups: Group[], reduce: Reduce): VectorSeries[] {
  const { query, steps } = evaluation
  query.charge(groups.length * steps)
  return groups.map(({ labels, members }) => {
    query.checkpoint()
    const dropName = members.some(series => series.dropName)
    const output = newSeries(labels, dropName, steps)
    const buffer = new Float64Array(members.length)
    for (let step = 0; step < steps; step++) {
      let count = 0
      for (const series of members) if (series.present[step]) buffer[count++] = series.values[step] ?? 0
      if (count === 0) continue
      output.values[step] = reduce(count === buffer.length ? buffer : buffer.subarray(0, count), step)
      output.present[step] = 1
    }
    return output
  })
}

/** `topk` and `bottomk`: at each step the k extreme series of each group, which keep their labels; NaN comes last. */
function select(evaluation: Evaluation, node: Aggregation, groups: Group[], k: Float64Array): VectorSeries[] {
  const { steps, query } = evaluation
  const direction = node.operator === 'topk' ? -1 : 1
  const result: VectorSeries[] = []
  for (const { members } of groups) {
    const outputs = new Map<VectorSeries, VectorSeries>()
    for (let step = 0; step < steps; step++) {
      query.checkpoint()
      const count = Math.trunc(k[step] ?? 0)
      if (count < 1) continue
      const ranked = members.filter(series => series.present[step])
      ranked.sort((a, b) => rank(a.values[step] ?? 0, b.values[step] ?? 0, direction))
      for (const series of ranked.slice(0, count)) {
        let output = outputs.get(series)
        if (!output) {
          query.charge(steps)
          output = newSeries(series.labels, series.dropName, steps)
          outputs.set(series, output)
        }
        output.values[step] = series.values[step] ?? 0
        output.present[step] = 1
      }
    }
    result.push(...outputs.values())
  }
  return result
}

function rank(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a === b ? 0 : a < b ? -direction : direction
}

/** How many series of a group have each value; the value becomes a label. */
function countValues(
  evaluation: Evaluation,
  node: Aggregation,
  list: VectorSeries[],
  label: string,
): VectorSeries[] {
  if (!isLabelName(label)) throw new EvaluationError(`invalid label name ${quote(label)}`)
  const { steps, query } = evaluation
  const outputs = new Map<string, VectorSeries>()
  for (const { labels, members } of groupsOf(node, list)) {
    for (const series of members)
      for (let step = 0; step < steps; step++) {
        if (!series.present[step]) continue
        const counted = labels.set(label, formatPlain(series.values[step] ?? 0))
        let output = outputs.get(counted.key)
        if (!output) {
          query.charge(steps)
          output = newSeries(counted, false, steps)
          outputs.set(counted.key, output)
        }
        output.values[step] = (output.values[step] ?? 0) + 1
        output.present[step] = 1
      }
  }
  return [...outputs.values()]
}

function checkCount(k: Float64Array): void {
  for (const value of k) {
    if (Number.isNaN(value)) throw new EvaluationError('Parameter value is NaN')
    if (Math.abs(value) >= 2 ** 63)
      throw new EvaluationError(`Scalar value ${formatShort(value)} overflows int64`)
  }
}

/** Evaluates an aggregation of a vector that is evaluated already. */
export function aggregate(
  evaluation: Evaluation,
  node: Aggregation,
  list: VectorSeries[],
  parameter: Value | undefined,
): VectorSeries[] {
  const { operator } = node
  if (operator === 'count_values') {
    const label = parameter?.type === 'string' ? parameter.value : ''
    return countValues(evaluation, node, list, label)
  }
  const numbers = parameter?.type === 'scalar' ? parameter.values : new Float64Array(evaluation.steps)
  const groups = groupsOf(node, list)
  if (operator === 'topk' || operator === 'bottomk') {
    checkCount(numbers)
    return select(evaluation, node, groups, numbers)
  }
  if (operator === 'quantile') {
    for (const phi of new Set(numbers))
      if (!(phi >= 0 && phi <= 1) && node.parameter)
        evaluation.query.annotations.warn(
          node.parameter,
          `quantile value should be between 0 and 1, got ${formatShort(phi)}`,
        )
    return reduceGroups(evaluation, groups, (values, step) => quantile(numbers[step] ?? 0, values))
  }
  return reduceGroups(evaluation, groups, REDUCERS[operator] ?? sum)
}
