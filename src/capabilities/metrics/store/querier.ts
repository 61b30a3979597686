import type { Labels } from '../../../languages/promql/labels.ts'
import type { Matcher } from '../../../languages/promql/matcher.ts'
import type { Storage, StoredSeries } from '../../../languages/promql/storage.ts'
import { EvaluationError } from '../../../languages/promql/value.ts'
import type { LabelIndex } from './label-index.ts'
import type { MetricsStore } from './metrics-store.ts'
import { countSamples, newDecoded, newestFrame, readSamples } from './frame.ts'

export interface QueryLimits {
  /** How many samples one query may read. */
  maxSamples: number
  /** Called now and then; throws to end the query. */
  checkpoint(): void
}

interface Indexed {
  labels: Labels
}

/** Reads the store for one query. */
export class Querier implements Storage {
  readonly #store: MetricsStore
  readonly #limits: QueryLimits
  #read = 0

  constructor(store: MetricsStore, limits: QueryLimits) {
    this.#store = store
    this.#limits = limits
  }

  select(matchers: readonly Matcher[], from: number, to: number, want?: 'newest'): StoredSeries[] {
    const parts = this.#parts(matchers, from, to)
    const result: StoredSeries[] = []
    for (const [labels, all] of parts) {
      this.#limits.checkpoint()
      const last = all.at(-1)
      const list = want === 'newest' && last ? [...all.slice(0, -1), newestFrame(last, to)] : all
      let capacity = 0
      for (const bytes of list) capacity += countSamples(bytes, from, to)
      if (capacity === 0) continue
      this.#charge(capacity)
      const decoded = newDecoded(capacity)
      for (const bytes of list) readSamples(bytes, from, to, decoded)
      if (decoded.count === 0) continue
      const { times, values, count } = decoded
      result.push({ labels, times: times.subarray(0, count), values: values.subarray(0, count) })
    }
    return result
  }

  /** The label sets that satisfy all of one of the lists of matchers and have samples in about this time. */
  series(selectors: readonly (readonly Matcher[])[], from: number, to: number): Labels[] {
    const found = new Set<Labels>()
    for (const index of this.#indexes(from, to)) {
      this.#limits.checkpoint()
      for (const matchers of selectors) for (const { labels } of index.find(matchers)) found.add(labels)
    }
    return [...found]
  }

  labelNames(selectors: readonly (readonly Matcher[])[], from: number, to: number): string[] {
    const names = new Set<string>()
    if (selectors.length === 0)
      for (const index of this.#indexes(from, to)) for (const name of index.names()) names.add(name)
    for (const { pairs } of selectors.length === 0 ? [] : this.series(selectors, from, to))
      for (let i = 0; i < pairs.length; i += 2) names.add(pairs[i] ?? '')
    return [...names].sort()
  }

  labelValues(name: string, selectors: readonly (readonly Matcher[])[], from: number, to: number): string[] {
    const values = new Set<string>()
    if (selectors.length === 0)
      for (const index of this.#indexes(from, to)) for (const value of index.values(name)) values.add(value)
    else for (const labels of this.series(selectors, from, to)) values.add(labels.get(name))
    values.delete('')
    return [...values].sort()
  }

  /** The frames of each series, oldest first. Labels are interned, so the same set is the same object. */
  #parts(matchers: readonly Matcher[], from: number, to: number): Map<Labels, Uint8Array[]> {
    const parts = new Map<Labels, Uint8Array[]>()
    const add = (labels: Labels, bytes: Uint8Array) => {
      const list = parts.get(labels)
      if (list) list.push(bytes)
      else parts.set(labels, [bytes])
    }
    const inside = (part: { fromMs: number; toMs: number }) => part.fromMs <= to && part.toMs >= from
    for (const block of this.#store.blocks) {
      if (!inside(block)) continue
      for (const entry of block.index.find(matchers)) {
        if (!inside(entry)) continue
        this.#limits.checkpoint()
        add(entry.labels, block.read(entry))
      }
    }
    for (const window of this.#store.closedWindows)
      if (inside(window))
        for (const series of window.index.find(matchers)) if (inside(series)) add(series.labels, series.bytes)
    for (const series of this.#store.head.index.find(matchers)) {
      const { frames } = series
      if (!frames.isEmpty && frames.fromMs <= to && frames.lastMs >= from) add(series.labels, frames.bytes())
    }
    return parts
  }

  *#indexes(from: number, to: number): Generator<LabelIndex<Indexed>> {
    for (const window of [...this.#store.blocks, ...this.#store.closedWindows])
      if (window.fromMs <= to && window.toMs >= from) yield window.index
    yield this.#store.head.index
  }

  #charge(samples: number): void {
    this.#read += samples
    if (this.#read > this.#limits.maxSamples)
      throw new EvaluationError('query processing would load too many samples into memory in query execution')
  }
}
