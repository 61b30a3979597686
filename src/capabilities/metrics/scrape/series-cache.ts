import { Labels, METRIC_NAME } from '../../../languages/promql/labels.ts'
import type { HeadSeries } from '../store/head.ts'
import type { MetricsStore } from '../store/metrics-store.ts'
import { parseSeries } from '../exposition.ts'

/** A series that a target exposes, and the scrape that saw it last. */
export interface Known {
  series: HeadSeries
  seenIn: number
}

/** The series of one target by the text it writes them with, so that labels are read once and ends are noticed. */
export class SeriesCache {
  readonly #store: MetricsStore
  readonly #target: Labels
  readonly #known = new Map<string, Known>()
  #scrape = 0
  #added = 0

  constructor(store: MetricsStore, target: Labels) {
    this.#store = store
    this.#target = target
  }

  /** How many series this scrape was the first to bring. */
  get added(): number {
    return this.#added
  }

  /** Begins a scrape. */
  begin(): void {
    this.#scrape++
    this.#added = 0
  }

  /** The series that a target writes as `text`; undefined when the store takes no more. */
  get(text: string): HeadSeries | undefined {
    return this.resolve(text, () => {
      const { name, labels } = parseSeries(text)
      return targetLabels(this.#target, name, labels)
    })
  }

  /** As `get`, for a key of the caller's whose labels it knows. */
  resolve(key: string, labels: () => Labels): HeadSeries | undefined {
    return this.know(key, labels)?.series
  }

  /** As `resolve`; what it yields may be shown to `recall` in later scrapes. */
  know(key: string, labels: () => Labels): Known | undefined {
    const known = this.#known.get(key)
    if (known && this.recall(known)) return known
    const series = this.#store.series(known ? known.series.labels : labels())
    if (!series) return undefined
    if (!known) this.#added++
    const now = { series, seenIn: this.#scrape }
    this.#known.set(key, now)
    return now
  }

  /** Notes that this scrape brought the series; undefined when it must be resolved anew. */
  recall(known: Known): HeadSeries | undefined {
    if (known.series.isGone || known.seenIn < this.#scrape - 1) return undefined
    known.seenIn = this.#scrape
    return known.series
  }

  /** Marks the series that this scrape did not bring as ended, and forgets them. */
  endMissing(): void {
    for (const [key, { series, seenIn }] of this.#known) {
      if (seenIn === this.#scrape) continue
      if (!series.isGone) this.#store.appendStale(series)
      this.#known.delete(key)
    }
  }
}

/** The labels of a sample with those of its target, which win: a label that both have keeps its value as `exported_NAME`. */
export function targetLabels(
  target: Labels,
  name: string,
  labels: readonly (readonly [name: string, value: string])[],
): Labels {
  const own = target.toRecord()
  const exposed = labels.filter(([, value]) => value !== '')
  const record: Record<string, string> = { ...own, [METRIC_NAME]: name }
  for (const [label, value] of exposed) if (!(label in own)) record[label] = value
  for (const [label, value] of exposed) {
    if (!(label in own)) continue
    let free = label
    while (free in record) free = `exported_${free}`
    record[free] = value
  }
  return Labels.of(record)
}
