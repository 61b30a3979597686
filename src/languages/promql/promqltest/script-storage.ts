import { type Labels, METRIC_NAME } from '../labels.ts'
import type { Matcher } from '../matcher.ts'
import { writeStale } from '../stale.ts'
import type { Storage, StoredSeries } from '../storage.ts'
import type { LoadCommand } from './script.ts'
import { parseSeriesLine, type Written } from './series-notation.ts'

/** The case reads a native histogram, which this evaluator does not have. */
export class NativeHistogramError extends Error {
  override name = 'NativeHistogramError'
}

interface Loaded {
  labels: Labels
  samples: Map<number, Written>
  /** Where native histograms are, or everywhere for those made from classic ones. */
  nativeTimes: Set<number> | 'all' | undefined
}

/** Holds what scripts load; refuses to show series where they hold native histograms. */
export class ScriptStorage implements Storage {
  readonly #series = new Map<string, Loaded>()

  clear(): void {
    this.#series.clear()
  }

  load(command: LoadCommand): void {
    const written = new Map(
      command.series.map(line => {
        const series = parseSeriesLine(line)
        return [series.labels.key, series]
      }),
    )
    for (const { labels, values } of written.values()) {
      const loaded = this.#get(labels)
      for (const [index, value] of values.entries()) {
        const time = index * command.stepMs
        if (value === 'histogram') {
          if (loaded.nativeTimes !== 'all') loaded.nativeTimes = (loaded.nativeTimes ?? new Set()).add(time)
        } else if (value !== 'missing') loaded.samples.set(time, value)
      }
      if (!command.withNative) continue
      const native = /^(.*)_(?:bucket|count|sum)$/.exec(labels.name)?.[1]
      if (native) this.#get(labels.drop(new Set(['le'])).set(METRIC_NAME, native)).nativeTimes = 'all'
    }
  }

  select(matchers: readonly Matcher[], from: number, to: number): StoredSeries[] {
    const result: StoredSeries[] = []
    for (const { labels, samples, nativeTimes } of this.#series.values()) {
      if (!matchers.every(({ name, matches }) => matches(labels.get(name)))) continue
      if (nativeTimes === 'all' || [...(nativeTimes ?? [])].some(time => time >= from && time <= to))
        throw new NativeHistogramError(`${labels} is a native histogram`)
      const inside = [...samples].filter(([time]) => time >= from && time <= to).sort((a, b) => a[0] - b[0])
      if (inside.length === 0) continue
      const values = new Float64Array(inside.length)
      for (const [index, [, value]] of inside.entries())
        if (value === 'stale') writeStale(values, index)
        else values[index] = Number(value)
      result.push({ labels, times: Float64Array.from(inside, ([time]) => time), values })
    }
    return result
  }

  #get(labels: Labels): Loaded {
    const found = this.#series.get(labels.key)
    if (found) return found
    const made: Loaded = { labels, samples: new Map(), nativeTimes: undefined }
    this.#series.set(labels.key, made)
    return made
  }
}
