import type { Labels } from './labels.ts'
import type { Matcher } from './matcher.ts'

/** One series' samples in order of time; `values` may hold staleness markers (`stale.ts`). */
export interface StoredSeries {
  labels: Labels
  /** Milliseconds since the Unix epoch, ascending. */
  times: Float64Array
  values: Float64Array
}

/** Where an evaluation finds samples. */
export interface Storage {
  /**
   * The series that satisfy every matcher, with their samples from `from` to `to`, both included. When only the newest
   * is wanted, older ones may be left out.
   */
  select(matchers: readonly Matcher[], from: number, to: number, want?: 'newest'): readonly StoredSeries[]
}
