import type { Metrics } from '../../../kernel/metrics.ts'
import { Labels } from '../../../languages/promql/labels.ts'
import type { MetricsStore } from '../store/metrics-store.ts'
import type { MetricMetadata } from '../exposition.ts'
import type { Metadata } from './metadata.ts'
import { SeriesCache, targetLabels } from './series-cache.ts'

const JOB = 'drave'
const TARGET = Labels.of({ job: JOB, instance: 'drave' })

interface OwnValue {
  value: number
  labels: Partial<Record<string, string | number>>
  metricName?: string
}

/** Takes the process's own metrics into the store, without writing and reading them as text. */
export class OwnMetrics {
  readonly #metrics: Metrics
  readonly #store: MetricsStore
  readonly #metadata: Metadata
  readonly #series: SeriesCache

  constructor(metrics: Metrics, store: MetricsStore, metadata: Metadata) {
    this.#metrics = metrics
    this.#store = store
    this.#metadata = metadata
    this.#series = new SeriesCache(store, TARGET)
  }

  async collect(nowMs: number): Promise<number> {
    const metrics = await this.#metrics.registry.getMetricsAsJSON()
    const store = this.#store
    let count = 0
    const metadata = new Map<string, MetricMetadata>()
    this.#series.begin()
    store.begin(nowMs)
    for (const { name, help, type, values } of metrics) {
      // The declared type is a numeric enumeration; what the library yields is the name.
      metadata.set(name, { type: String(type), help, unit: '' })
      // Histograms and summaries name the series of each value, which the declared type leaves out.
      for (const { value, labels, metricName } of values as OwnValue[]) {
        const series = this.#series.resolve(keyOf(metricName ?? name, labels), () =>
          targetLabels(TARGET, metricName ?? name, labelPairs(labels)),
        )
        if (!series) continue
        store.append(series, value)
        count++
      }
    }
    const up = this.#series.resolve('up', () => targetLabels(TARGET, 'up', []))
    if (up) store.append(up, 1)
    this.#series.endMissing()
    store.commit()
    this.#metadata.add(JOB, metadata)
    return count
  }
}

/** A text of its own for each set of labels of a metric; the order of its labels does not change. */
function keyOf(name: string, labels: OwnValue['labels']): string {
  let key = name
  for (const label in labels) key += `\n${label}\t${labels[label]}`
  return key
}

const labelPairs = (labels: OwnValue['labels']): [string, string][] =>
  Object.entries(labels).map(([label, value]): [string, string] => {
    // The text format has a sign before infinity.
    const text = value === Infinity ? '+Inf' : String(value ?? '')
    return [label, text]
  })
