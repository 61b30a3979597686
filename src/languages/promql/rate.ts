import type { RangeWindow } from './range-window.ts'

/** Beyond so many average intervals between a sample and the edge of the range, the series is taken to begin or end inside. */
const EXTRAPOLATION_LIMIT = 1.1

export interface RateKind {
  isCounter: boolean
  isRate: boolean
}

/** `rate`, `increase` and `delta`: the change over the range, extrapolated to its edges as upstream does. */
export function extrapolated(window: RangeWindow, kind: RateKind): number | undefined {
  const { times, values, from, to, startMs, endMs, rangeMs } = window
  const { isCounter, isRate } = kind
  const count = to - from
  if (count < 2) return undefined
  const first = values[from] ?? 0
  const last = values[to - 1] ?? 0
  const firstMs = times[from] ?? 0
  const lastMs = times[to - 1] ?? 0
  let change = last - first
  if (isCounter && window.resets > 0)
    for (let i = from + 1; i < to; i++) {
      const previous = values[i - 1] ?? 0
      if ((values[i] ?? 0) < previous) change += previous
    }
  const sampled = (lastMs - firstMs) / 1000
  const average = sampled / (count - 1)
  let toStart = (firstMs - startMs) / 1000
  let toEnd = (endMs - lastMs) / 1000
  if (toStart >= average * EXTRAPOLATION_LIMIT) toStart = average / 2
  if (isCounter) {
    // A counter was not below zero before its first sample.
    const toZero = change > 0 && first >= 0 ? sampled * (first / change) : toStart
    if (toZero < toStart) toStart = toZero
  }
  if (toEnd >= average * EXTRAPOLATION_LIMIT) toEnd = average / 2
  const factor = (sampled + toStart + toEnd) / sampled
  return change * (isRate ? factor / (rangeMs / 1000) : factor)
}

/** `irate` and `idelta`: the change between the last two samples. */
export function instantaneous(window: RangeWindow, isRate: boolean): number | undefined {
  const { count } = window
  if (count < 2) return undefined
  const [last, previous] = [window.value(count - 1), window.value(count - 2)]
  const intervalMs = window.time(count - 1) - window.time(count - 2)
  if (intervalMs === 0) return undefined
  const change = isRate && last < previous ? last : last - previous
  return isRate ? change / (intervalMs / 1000) : change
}
