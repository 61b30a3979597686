import { compareLabels, type Labels } from './labels.ts'

/** One series of an instant vector at every step of the evaluation: `present[i]` says whether step i has a value. */
export interface VectorSeries {
  labels: Labels
  /** The metric's name no longer applies, but is kept until the end of the evaluation. */
  dropName: boolean
  values: Float64Array
  present: Uint8Array
}

/** The points that a range selector or subquery found for one series, without staleness markers. */
export interface RangeSeries {
  labels: Labels
  dropName: boolean
  times: Float64Array
  values: Float64Array
}

export interface ScalarValue {
  type: 'scalar'
  values: Float64Array
}
export interface StringValue {
  type: 'string'
  value: string
}
/** In the order of the result, which instant queries keep. */
export interface VectorValue {
  type: 'vector'
  series: VectorSeries[]
}
export type Value = ScalarValue | StringValue | VectorValue

/** A query that cannot be answered, for a reason in its data. */
export class EvaluationError extends Error {
  override name = 'EvaluationError'
}

export const newSeries = (labels: Labels, dropName: boolean, steps: number): VectorSeries => ({
  labels,
  dropName,
  values: new Float64Array(steps),
  present: new Uint8Array(steps),
})

/** Joins series of equal labels that have values at different steps; two values at one step are an error. */
export function mergeDuplicates(
  list: VectorSeries[],
  complaint = 'vector cannot contain metrics with the same labelset',
): VectorSeries[] {
  if (list.length < 2) return list
  const byKey = new Map<string, VectorSeries>()
  const copied = new Set<VectorSeries>()
  for (const series of list) {
    const first = byKey.get(series.labels.key)
    if (!first) {
      byKey.set(series.labels.key, series)
      continue
    }
    let target = first
    if (!copied.has(first)) {
      target = { ...first, values: first.values.slice(), present: first.present.slice() }
      byKey.set(series.labels.key, target)
      copied.add(target)
    }
    for (let i = 0; i < series.present.length; i++) {
      if (!series.present[i]) continue
      if (target.present[i]) throw new EvaluationError(complaint)
      target.present[i] = 1
      target.values[i] = series.values[i] ?? 0
    }
  }
  return byKey.size === list.length ? list : [...byKey.values()]
}

export const hasAny = (series: VectorSeries): boolean => series.present.includes(1)

export const byLabels = (a: { labels: Labels }, b: { labels: Labels }): number =>
  compareLabels(a.labels, b.labels)
