/** Ascending, with NaN before everything else. */
export function sortWithNanFirst(values: Float64Array): Float64Array {
  const sorted = values.slice().sort()
  let nans = 0
  while (nans < sorted.length && Number.isNaN(sorted[sorted.length - 1 - nans])) nans++
  if (nans === 0) return sorted
  sorted.copyWithin(nans, 0, sorted.length - nans)
  sorted.fill(Number.NaN, 0, nans)
  return sorted
}

/** The φ-quantile by linear interpolation between ranks. */
export function quantile(phi: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN
  if (phi < 0) return -Infinity
  if (phi > 1) return Infinity
  const sorted = sortWithNanFirst(values)
  const rank = phi * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] ?? 0) * (1 - weight) + (sorted[upper] ?? 0) * weight
}
