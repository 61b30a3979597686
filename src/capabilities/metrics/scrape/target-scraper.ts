import type { Clock } from '../../../kernel/clock.ts'
import type { HeadSeries } from '../store/head.ts'
import type { MetricsStore } from '../store/metrics-store.ts'
import { type ExposedSample, type Exposition, parseExposition } from '../exposition.ts'
import { type ExpositionClient, ScrapeError } from './fetch-exposition.ts'
import type { Metadata } from './metadata.ts'
import { SeriesCache, targetLabels } from './series-cache.ts'
import type { Target, TargetHealth } from './target.ts'

export interface ScrapeParts {
  store: MetricsStore
  client: ExpositionClient
  metadata: Metadata
  clock: Clock
  sampleLimit: number
}

/** The series that Prometheus adds to each target, with what a scrape gives them. */
const REPORTS = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const

/** Scrapes one target: all samples of an answer get in, or none. */
export class TargetScraper {
  readonly target: Target
  readonly #parts: ScrapeParts
  readonly #series: SeriesCache
  readonly #reports: SeriesCache
  #isBusy = false
  health: TargetHealth = { health: 'unknown', lastError: '', lastScrapeMs: 0, lastDurationSeconds: 0 }

  constructor(target: Target, parts: ScrapeParts) {
    this.target = target
    this.#parts = parts
    this.#series = new SeriesCache(parts.store, target.labels)
    this.#reports = new SeriesCache(parts.store, target.labels)
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Scrapes once; the samples get the time `nowMs`. Never throws: what went wrong is in `health`. */
  async scrape(nowMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    this.#isBusy = true
    const started = clock.elapsed()
    let exposition: Exposition | undefined
    let lastError = ''
    try {
      exposition = await this.#read(signal)
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error)
    } finally {
      this.#isBusy = false
    }
    if (signal.aborted) return
    const lastDurationSeconds = (clock.elapsed() - started) / 1000
    try {
      this.#append(nowMs, exposition, lastDurationSeconds)
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error)
      this.#append(nowMs, undefined, lastDurationSeconds)
    }
    this.health = {
      health: lastError === '' ? 'up' : 'down',
      lastError,
      lastScrapeMs: nowMs,
      lastDurationSeconds,
    }
  }

  /** Marks all series of a target that is gone as ended. */
  end(nowMs: number): void {
    const { store } = this.#parts
    store.begin(nowMs)
    for (const cache of [this.#series, this.#reports]) {
      cache.begin()
      cache.endMissing()
    }
    store.commit()
  }

  async #read(signal: AbortSignal): Promise<Exposition> {
    const { client, sampleLimit } = this.#parts
    const { text, contentType } = await client.fetch(this.target.url, signal)
    const exposition = parseExposition(text, contentType)
    if (exposition.samples.length > sampleLimit)
      throw new ScrapeError(
        `${exposition.samples.length} samples are more than the limit of ${sampleLimit} (metrics.sampleLimit)`,
      )
    return exposition
  }

  #append(nowMs: number, exposition: Exposition | undefined, seconds: number): void {
    const { store, metadata } = this.#parts
    const samples = exposition?.samples ?? []
    this.#series.begin()
    // Every series is resolved before one sample is stored: a line that cannot be read refuses the whole answer.
    const resolved = samples.map(sample => this.#series.get(sample.series))
    const ownTime = appendAll(store, nowMs, samples, resolved, () => {
      this.#series.endMissing()
      const values = [exposition ? 1 : 0, seconds, samples.length, samples.length, this.#series.added]
      this.#reports.begin()
      for (const [index, name] of REPORTS.entries()) {
        const series = this.#reports.resolve(name, () => targetLabels(this.target.labels, name, []))
        if (series) store.append(series, values[index] ?? 0)
      }
    })
    for (const [timeMs, list] of ownTime) {
      store.begin(timeMs)
      for (const [series, value] of list) store.append(series, value)
      store.commit()
    }
    if (exposition) metadata.add(this.target.job, exposition.metadata)
  }
}

/** Appends what has the scrape's time; returns what the target gave times of its own. */
function appendAll(
  store: MetricsStore,
  nowMs: number,
  samples: readonly ExposedSample[],
  resolved: readonly (HeadSeries | undefined)[],
  last: () => void,
): Map<number, [HeadSeries, number][]> {
  const ownTime = new Map<number, [HeadSeries, number][]>()
  store.begin(nowMs)
  for (const [index, { value, timestampMs }] of samples.entries()) {
    const series = resolved[index]
    if (!series) continue
    if (timestampMs === undefined || timestampMs === nowMs) store.append(series, value)
    else ownTime.set(timestampMs, [...(ownTime.get(timestampMs) ?? []), [series, value]])
  }
  last()
  store.commit()
  return ownTime
}
