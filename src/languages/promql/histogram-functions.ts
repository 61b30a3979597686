import { forMetric } from './annotations.ts'
import type { CallContext, PromFunction } from './call-context.ts'
import { formatShort, quote } from './format.ts'
import { type Bucket, bucketFraction, bucketQuantile } from './histogram.ts'
import type { Labels } from './labels.ts'
import type { Expression } from './syntax.ts'
import { hasAny, mergeDuplicates, newSeries, type VectorSeries, type VectorValue } from './value.ts'

const LE = new Set(['le'])

/** The bucket series of one histogram. */
interface Histogram {
  labels: Labels
  dropName: boolean
  buckets: { upperBound: number; series: VectorSeries }[]
}

function parseBound(text: string): number | undefined {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function histogramsOf(context: CallContext, argument: Expression, list: VectorSeries[]): Histogram[] {
  const groups = new Map<string, Histogram>()
  for (const series of list) {
    const le = series.labels.get('le')
    const upperBound = parseBound(le)
    if (upperBound === undefined) {
      const about = `bucket label "le" is missing or has a malformed value of ${quote(le)}`
      context.evaluation.query.annotations.warn(argument, about + forMetric(series.labels.name))
      continue
    }
    const key = series.labels.keyOf(LE, false)
    let group = groups.get(key)
    if (!group) {
      group = { labels: series.labels.drop(LE), dropName: series.dropName, buckets: [] }
      groups.set(key, group)
    }
    group.buckets.push({ upperBound, series })
  }
  return [...groups.values()]
}

/** Computes a value from each histogram's buckets at each step; `vector` is the index of that argument. */
function ofBuckets(
  vector: number,
  compute: (context: CallContext, histogram: Histogram, step: number, buckets: Bucket[]) => number,
): PromFunction {
  return (context): VectorValue => {
    const { query, steps } = context.evaluation
    const argument = context.argument(vector)
    const histograms = histogramsOf(context, argument, context.vector(vector))
    query.charge(histograms.length * steps)
    const result: VectorSeries[] = []
    for (const histogram of histograms) {
      query.checkpoint()
      const labels = query.delayedNameRemoval ? histogram.labels : histogram.labels.dropName()
      const output = newSeries(labels, query.delayedNameRemoval, steps)
      for (let step = 0; step < steps; step++) {
        const buckets: Bucket[] = []
        for (const { upperBound, series } of histogram.buckets)
          if (series.present[step]) buckets.push({ upperBound, count: series.values[step] ?? 0 })
        if (buckets.length === 0) continue
        output.values[step] = compute(context, histogram, step, buckets)
        output.present[step] = 1
      }
      if (hasAny(output)) result.push(output)
    }
    return { type: 'vector', series: mergeDuplicates(result) }
  }
}

const quantileOf = ofBuckets(1, (context, histogram, step, buckets) => {
  const { value, forced } = bucketQuantile(context.scalar(0)[step] ?? 0, buckets)
  if (forced)
    context.evaluation.query.annotations.info(
      context.argument(1),
      'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)' +
        forMetric(histogram.labels.name),
    )
  return value
})

function histogramQuantile(context: CallContext): VectorValue {
  for (const phi of new Set(context.scalar(0)))
    if (!(phi >= 0 && phi <= 1))
      context.evaluation.query.annotations.warn(
        context.argument(0),
        `quantile value should be between 0 and 1, got ${formatShort(phi)}`,
      )
  // `ofBuckets` yields vectors only.
  return quantileOf(context) as VectorValue
}

/** The functions over classic histograms. */
export const histogramFunctions: Readonly<Record<string, PromFunction>> = {
  histogram_quantile: histogramQuantile,
  histogram_fraction: ofBuckets(2, (context, _, step, buckets) =>
    bucketFraction(context.scalar(0)[step] ?? 0, context.scalar(1)[step] ?? 0, buckets),
  ),
}
