import type { Metrics } from '../../../kernel/metrics.ts'
import { Labels } from '../../../languages/promql/labels.ts'
import type { HeadSeries } from '../store/head.ts'
import type { MetricsStore } from '../store/metrics-store.ts'
import type { MetricMetadata } from '../exposition.ts'
import type { Metadata } from './metadata.ts'
import { type Known, SeriesCache, targetLabels } from './series-cache.ts'

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
  readonly #places = new Map<string, (Place | undefined)[]>()

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
      const places = this.#placesOf(name)
      for (const [index, own] of (values as OwnValue[]).entries()) {
        const series = this.#find(name, own, places, index)
        if (!series) continue
        store.append(series, own.value)
        count++
      }
      places.length = Math.min(places.length, values.length)
    }
    const up = this.#series.resolve('up', () => targetLabels(TARGET, 'up', []))
    if (up) store.append(up, 1)
    this.#series.endMissing()
    store.commit()
    this.#metadata.add(JOB, metadata)
    for (const name of this.#places.keys()) if (!metadata.has(name)) this.#places.delete(name)
    return count
  }

  #placesOf(name: string): (Place | undefined)[] {
    const found = this.#places.get(name) ?? []
    this.#places.set(name, found)
    return found
  }

  /** Values mostly come in the order of the last time, so the place is tried before the text of the labels. */
  #find(name: string, own: OwnValue, places: (Place | undefined)[], index: number): HeadSeries | undefined {
    const place = places[index]
    const known = place && isSame(place, own) ? this.#series.recall(place.known) : undefined
    if (known) return known
    const { labels, metricName = name } = own
    const now = this.#series.know(keyOf(metricName, labels), () =>
      targetLabels(TARGET, metricName, labelPairs(labels)),
    )
    places[index] = now && {
      metricName: own.metricName,
      names: Object.keys(labels),
      values: Object.values(labels),
      known: now,
    }
    return now?.series
  }
}

/** What a metric's value of some index was the last time. */
interface Place {
  metricName: string | undefined
  names: readonly string[]
  values: readonly unknown[]
  known: Known
}

function isSame(place: Place, { labels, metricName }: OwnValue): boolean {
  if (place.metricName !== metricName) return false
  const { names, values } = place
  let index = 0
  for (const name in labels) {
    if (names[index] !== name || values[index] !== labels[name]) return false
    index++
  }
  return index === names.length
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
