import type { Kernel } from '../../../kernel/capability.ts'
import type { Informer } from '../../../kernel/informer.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import type { MetricsSettings } from '../settings.ts'
import type { MetricsStore } from '../store/metrics-store.ts'
import { ExpositionClient } from './fetch-exposition.ts'
import { Metadata } from './metadata.ts'
import { OwnMetrics } from './own-metrics.ts'
import { podTargets } from './pod-targets.ts'
import { TargetScraper } from './target-scraper.ts'

const MAX_BODY_BYTES = 16 << 20
/** Scrapes under way at once; the others of an instant wait for a place. */
const CONCURRENCY = 32
/** How far, in parts of the interval, a scrape may be from its time and still count as in time; upstream's 1 %. */
const TOLERANCE = 0.01

/** Scrapes this process and the annotated pods at every interval. */
export class Scraper implements AsyncDisposable {
  readonly metadata = new Metadata()
  readonly #kernel: Pick<Kernel, 'clock' | 'log'>
  readonly #store: MetricsStore
  readonly #settings: MetricsSettings
  readonly #pods: Informer<Pod>
  readonly #client: ExpositionClient
  readonly #own: OwnMetrics
  readonly #targets = new Map<string, TargetScraper>()
  readonly #stop = new AbortController()
  readonly #onSkipped: () => void
  #timer: Disposable | undefined
  readonly #running = new Set<Promise<void>>()

  constructor(kernel: Kernel, store: MetricsStore, settings: MetricsSettings) {
    this.#kernel = kernel
    this.#store = store
    this.#settings = settings
    this.#pods = kernel.informers.for(Pod)
    this.#client = new ExpositionClient(kernel.clock, {
      timeoutMs: settings.scrapeTimeoutMs,
      maxBytes: MAX_BODY_BYTES,
    })
    this.#own = new OwnMetrics(kernel.metrics, store, this.metadata)
    const skipped = kernel.metrics.counter({
      name: 'drave_metrics_scrapes_skipped_total',
      help: 'Scrapes that were left out because the target had not answered the one before',
    })
    this.#onSkipped = () => skipped.inc()
  }

  get targets(): readonly TargetScraper[] {
    return [...this.#targets.values()]
  }

  /** Scrapes at every multiple of the interval. */
  start(): void {
    const { clock } = this.#kernel
    const { scrapeIntervalMs } = this.#settings
    this.#schedule((Math.floor(clock.now() / scrapeIntervalMs) + 1) * scrapeIntervalMs)
  }

  #schedule(dueMs: number): void {
    const { clock } = this.#kernel
    const { scrapeIntervalMs } = this.#settings
    this.#timer = clock.after(Math.max(0, dueMs - clock.now()), () => {
      const nowMs = clock.now()
      const lateMs = Math.abs(nowMs - dueMs)
      // Samples at even intervals take the least room, so a timer that is a little off does not show.
      this.#track(this.scrapeAll(lateMs <= scrapeIntervalMs * TOLERANCE ? dueMs : nowMs))
      this.#schedule((lateMs < scrapeIntervalMs ? dueMs : nowMs) + scrapeIntervalMs)
    })
  }

  /** One round: every target once, except those that are still busy; samples get the time `nowMs`. */
  async scrapeAll(nowMs: number): Promise<void> {
    const { signal } = this.#stop
    await this.#own.collect(nowMs)
    this.#discover(nowMs)
    const waiting = this.targets.filter(scraper => {
      if (scraper.isBusy) this.#onSkipped()
      return !scraper.isBusy
    })
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await next.scrape(nowMs, signal)
    }
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, work))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    this.#stop.abort()
    await Promise.allSettled(this.#running)
    this.#client[Symbol.dispose]()
  }

  /** Takes up the targets that pods ask for now, and ends those that are gone. */
  #discover(nowMs: number): void {
    const parts = {
      store: this.#store,
      client: this.#client,
      metadata: this.metadata,
      clock: this.#kernel.clock,
      sampleLimit: this.#settings.sampleLimit,
    }
    const found = new Set<string>()
    for (const pod of this.#pods.list())
      for (const target of podTargets(pod)) {
        found.add(target.key)
        const known = this.#targets.get(target.key)
        if (known?.target.labels.key === target.labels.key) continue
        known?.end(nowMs - 1)
        this.#targets.set(target.key, new TargetScraper(target, parts))
      }
    for (const [key, scraper] of this.#targets) {
      if (found.has(key)) continue
      scraper.end(nowMs)
      this.#targets.delete(key)
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch(error => this.#kernel.log.error({ error }, 'a round of scrapes failed'))
      .finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }
}
