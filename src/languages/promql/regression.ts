import { KahanSum } from './kahan.ts'
import type { RangeWindow } from './range-window.ts'

/** Least squares through the window's points: the value at `originMs` and the change per second. */
export function linearRegression(
  window: RangeWindow,
  originMs: number,
): { slope: number; intercept: number } {
  const first = window.value(0)
  const count = window.count
  let constant = true
  const [sumX, sumY, sumXY, sumXX] = [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()]
  for (let i = 0; i < count; i++) {
    const x = (window.time(i) - originMs) / 1000
    const y = window.value(i)
    if (y !== first) constant = false
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumXX.add(x * x)
  }
  if (constant)
    return Number.isFinite(first)
      ? { slope: 0, intercept: first }
      : { slope: Number.NaN, intercept: Number.NaN }
  const [x, y] = [sumX.sum + sumX.compensation, sumY.sum + sumY.compensation]
  const covariance = sumXY.sum + sumXY.compensation - (x * y) / count
  const variance = sumXX.sum + sumXX.compensation - (x * x) / count
  const slope = covariance / variance
  return { slope, intercept: y / count - (slope * x) / count }
}

/** Holt's linear method: smoothing by `level`, the trend by `trend`, both within (0, 1). */
export function doubleExponentialSmoothing(
  window: RangeWindow,
  level: number,
  trend: number,
): number | undefined {
  if (window.count < 2) return undefined
  let before = 0
  let smoothed = window.value(0)
  let slope = window.value(1) - window.value(0)
  for (let i = 1; i < window.count; i++) {
    if (i > 1) slope = trend * (smoothed - before) + (1 - trend) * slope
    const next = level * window.value(i) + (1 - level) * (smoothed + slope)
    before = smoothed
    smoothed = next
  }
  return smoothed
}
