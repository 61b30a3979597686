import type { Labels } from './labels.ts'
import type { RangeSeries } from './value.ts'

/** The points [from, to) of one series that lie in (startMs, endMs]; never empty when a function sees it. */
export class RangeWindow {
  labels: Labels
  times: Float64Array
  values: Float64Array
  from = 0
  to = 0
  startMs = 0
  endMs = 0
  rangeMs = 0
  /** The instant of evaluation, which `@` and `offset` do not move. */
  atMs = 0
  #resets: Uint32Array | undefined

  constructor(series: RangeSeries) {
    this.labels = series.labels
    this.times = series.times
    this.values = series.values
  }

  get count(): number {
    return this.to - this.from
  }
  time(index: number): number {
    return this.times[this.from + index] ?? 0
  }
  value(index: number): number {
    return this.values[this.from + index] ?? 0
  }

  /** How often the value fell from one point to the next; counted once for the series, not for each window. */
  get resets(): number {
    this.#resets ??= countResets(this.values)
    return (this.#resets[this.to - 1] ?? 0) - (this.#resets[this.from] ?? 0)
  }
}

function countResets(values: Float64Array): Uint32Array {
  const counts = new Uint32Array(values.length)
  for (let i = 1; i < values.length; i++)
    counts[i] = (counts[i - 1] ?? 0) + ((values[i] ?? 0) < (values[i - 1] ?? 0) ? 1 : 0)
  return counts
}
