/** One cumulative bucket of a classic histogram: how many observations were at most `upperBound`. */
export interface Bucket {
  upperBound: number
  count: number
}

/** Counts that differ by less than this share differ by rounding only. */
const SMALL_DELTA = 1e-12
const SMALLEST_NORMAL = 2.2250738585072014e-308

/** Whether two numbers are equal but for rounding, in proportion to their size. */
export function almostEqual(a: number, b: number, tolerance: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const size = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || size < SMALLEST_NORMAL) return difference < tolerance * SMALLEST_NORMAL
  return difference / Math.min(size, Number.MAX_VALUE) < tolerance
}

/** Sorted by bound, buckets of equal bounds added up; undefined when the last is not +Inf. */
function inOrder(buckets: readonly Bucket[]): Bucket[] | undefined {
  const sorted = buckets.toSorted((a, b) => (a.upperBound < b.upperBound ? -1 : 1))
  const merged: Bucket[] = []
  for (const bucket of sorted) {
    const last = merged.at(-1)
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count
    else merged.push({ ...bucket })
  }
  return merged.at(-1)?.upperBound === Infinity ? merged : undefined
}

/** Raises counts that fall from one bucket to the next; says whether one fell by more than rounding. */
function makeMonotonic(buckets: Bucket[]): boolean {
  let forced = false
  let previous = buckets[0]?.count ?? 0
  for (const bucket of buckets.slice(1)) {
    if (bucket.count === previous) continue
    if (almostEqual(previous, bucket.count, SMALL_DELTA)) bucket.count = previous
    else if (bucket.count < previous) {
      bucket.count = previous
      forced = true
    } else previous = bucket.count
  }
  return forced
}

/** The φ-quantile, observations spread evenly within their bucket. */
export function bucketQuantile(
  phi: number,
  unordered: readonly Bucket[],
): { value: number; forced: boolean } {
  const plain = (value: number) => ({ value, forced: false })
  if (Number.isNaN(phi)) return plain(Number.NaN)
  if (phi < 0) return plain(-Infinity)
  if (phi > 1) return plain(Infinity)
  const buckets = inOrder(unordered)
  if (!buckets) return plain(Number.NaN)
  const forced = makeMonotonic(buckets)
  const last = buckets.length - 1
  const observations = buckets[last]?.count ?? 0
  if (last < 1 || observations === 0 || Number.isNaN(observations)) return { value: Number.NaN, forced }
  let rank = phi * observations
  let index = 0
  while (index < last && (buckets[index]?.count ?? 0) < rank) index++
  const end = buckets[index]?.upperBound ?? 0
  if (index === last) return { value: buckets[last - 1]?.upperBound ?? 0, forced }
  if (index === 0 && end <= 0) return { value: end, forced }
  const below = buckets[index - 1]
  const start = below?.upperBound ?? 0
  const count = (buckets[index]?.count ?? 0) - (below?.count ?? 0)
  rank -= below?.count ?? 0
  return { value: start + (end - start) * (rank / count), forced }
}

/** The share of observations between two bounds. Inside a bucket of infinite width nothing is interpolated. */
export function bucketFraction(lower: number, upper: number, unordered: readonly Bucket[]): number {
  const buckets = inOrder(unordered)
  const total = buckets?.at(-1)?.count ?? 0
  if (!buckets || total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  return (rankOf(upper, buckets, total) - rankOf(lower, buckets, total)) / total
}

function rankOf(bound: number, buckets: readonly Bucket[], total: number): number {
  let rank = 0
  for (const [index, { upperBound, count }] of buckets.entries()) {
    // The first bucket begins at 0, unless it ends below that.
    const start = buckets[index - 1]?.upperBound ?? (upperBound > 0 ? 0 : -Infinity)
    if (start >= bound) return rank
    if (upperBound > bound) {
      if (start === -Infinity) return count
      return upperBound === Infinity ? rank : rank + ((count - rank) * (bound - start)) / (upperBound - start)
    }
    rank = count
  }
  return Math.min(rank, total)
}
