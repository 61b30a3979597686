import { Evaluation } from './evaluation.ts'
import { isStale } from './stale.ts'
import type { StoredSeries } from './storage.ts'
import type { MatrixSelector, Subquery, TimeModifiers, VectorSelector } from './syntax.ts'
import { newSeries, type RangeSeries, type VectorSeries, type VectorValue } from './value.ts'

/** The instant that a selector refers to at step 0, and whether it is the same at every step. */
function reference(at: TimeModifiers, evaluation: Evaluation): { firstMs: number; fixed: boolean } {
  const { query } = evaluation
  if (at.at === undefined) return { firstMs: evaluation.startMs - at.offsetMs, fixed: false }
  const ms = at.at === 'start' ? query.startMs : at.at === 'end' ? query.endMs : at.at.ms
  return { firstMs: ms - at.offsetMs, fixed: true }
}

function select(
  evaluation: Evaluation,
  selector: VectorSelector,
  from: number,
  to: number,
  want?: 'newest',
): readonly StoredSeries[] {
  const { query } = evaluation
  query.checkpoint()
  const found = query.storage.select(selector.matchers, from, to, want)
  let samples = 0
  for (const series of found) samples += series.times.length
  query.charge(samples)
  return found
}

/** The value that each series had at each step: the newest within the lookback, unless it is a staleness marker. */
export function evaluateSelector(
  evaluation: Evaluation,
  selector: VectorSelector,
  yields: 'values' | 'timestamps' = 'values',
): VectorSeries[] {
  const { steps, stepMs, query } = evaluation
  const { firstMs, fixed } = reference(selector, evaluation)
  const lastMs = fixed ? firstMs : firstMs + (steps - 1) * stepMs
  const want = fixed || steps === 1 ? 'newest' : undefined
  const found = select(evaluation, selector, firstMs - query.lookbackMs + 1, lastMs, want)
  query.charge(found.length * steps)
  const result: VectorSeries[] = []
  for (const { labels, times, values } of found) {
    const series = newSeries(labels, false, steps)
    let next = 0
    let any = false
    for (let step = 0; step < steps; step++) {
      const time = fixed ? firstMs : firstMs + step * stepMs
      while (next < times.length && (times[next] ?? 0) <= time) next++
      const last = next - 1
      if (last < 0 || (times[last] ?? 0) <= time - query.lookbackMs || isStale(values, last)) continue
      series.present[step] = 1
      series.values[step] = yields === 'values' ? (values[last] ?? 0) : (times[last] ?? 0) / 1000
      any = true
    }
    if (any) result.push(series)
  }
  return result
}

/** The points of each series that a range function slides over, and the window at each step: (start, end]. */
export interface Ranges {
  series: readonly RangeSeries[]
  rangeMs: number
  /** Where the first window ends; later ones follow by the step, unless `fixed`. */
  firstEndMs: number
  fixed: boolean
  /** The metric that the selector names, or the empty string. */
  metric: string
}

export function evaluateMatrix(evaluation: Evaluation, node: MatrixSelector): Ranges {
  const { rangeMs, selector } = node
  const { firstMs, fixed } = reference(selector, evaluation)
  const lastMs = fixed ? firstMs : firstMs + (evaluation.steps - 1) * evaluation.stepMs
  const found = select(evaluation, selector, firstMs - rangeMs + 1, lastMs)
  const series = found.map(one => ({ ...withoutStale(one), labels: one.labels, dropName: false }))
  return { series, rangeMs, firstEndMs: firstMs, fixed, metric: selector.metric }
}

function withoutStale(series: StoredSeries): { times: Float64Array; values: Float64Array } {
  const { times, values } = series
  let kept = 0
  for (let i = 0; i < values.length; i++) if (!isStale(values, i)) kept++
  if (kept === values.length) return series
  const result = { times: new Float64Array(kept), values: new Float64Array(kept) }
  let at = 0
  for (let i = 0; i < values.length; i++) {
    if (isStale(values, i)) continue
    result.times[at] = times[i] ?? 0
    result.values[at++] = values[i] ?? 0
  }
  return result
}

/** Evaluates the inner expression once, over all that any of the outer steps looks back on. */
export function evaluateSubquery(
  evaluation: Evaluation,
  node: Subquery,
  inner: (evaluation: Evaluation) => VectorValue,
): Ranges {
  const { query } = evaluation
  const { firstMs, fixed } = reference(node, evaluation)
  const lastMs = fixed ? firstMs : firstMs + (evaluation.steps - 1) * evaluation.stepMs
  const stepMs = node.stepMs || query.subqueryStepMs
  const openMs = firstMs - node.rangeMs
  // Steps are multiples of the step since the epoch, whatever the query's start; the window is open at its start.
  const startMs = (Math.floor(openMs / stepMs) + 1) * stepMs
  const child = new Evaluation(query, startMs, lastMs, stepMs)
  const series = child.steps === 0 ? [] : inner(child).series.map(one => pointsOf(child, one))
  return { series, rangeMs: node.rangeMs, firstEndMs: firstMs, fixed, metric: '' }
}

function pointsOf(evaluation: Evaluation, series: VectorSeries): RangeSeries {
  let count = 0
  for (const present of series.present) count += present
  const times = new Float64Array(count)
  const values = new Float64Array(count)
  let at = 0
  for (let step = 0; step < evaluation.steps; step++) {
    if (!series.present[step]) continue
    times[at] = evaluation.timeAt(step)
    values[at++] = series.values[step] ?? 0
  }
  return { labels: series.labels, dropName: series.dropName, times, values }
}
