/** Code points as ranges: low, high, low, high …; both ends belong to it. Sorted, and no two ranges touch. */
export type CharacterSet = readonly number[]

export const MAX_CODE_POINT = 0x10ffff
export const ANY: CharacterSet = [0, MAX_CODE_POINT]
export const NOT_NEWLINE: CharacterSet = [0, 9, 11, MAX_CODE_POINT]

/** Sorts and joins ranges that may overlap. */
export function setOf(ranges: readonly number[]): CharacterSet {
  const pairs: [number, number][] = []
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] ?? 0, ranges[i + 1] ?? 0])
  pairs.sort(([left], [right]) => left - right)
  const result: number[] = []
  for (const [low, high] of pairs) {
    const last = result.length - 1
    const end = result[last]
    if (end !== undefined && low <= end + 1) result[last] = Math.max(end, high)
    else result.push(low, high)
  }
  return result
}

export function complement(set: CharacterSet): CharacterSet {
  const result: number[] = []
  let from = 0
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i] ?? 0
    if (low > from) result.push(from, low - 1)
    from = (set[i + 1] ?? 0) + 1
  }
  if (from <= MAX_CODE_POINT) result.push(from, MAX_CODE_POINT)
  return result
}

export function includes(set: CharacterSet, code: number): boolean {
  let [low, high] = [0, set.length / 2]
  while (low < high) {
    const middle = (low + high) >> 1
    if (code < (set[2 * middle] ?? 0)) high = middle
    else if (code > (set[2 * middle + 1] ?? 0)) low = middle + 1
    else return true
  }
  return false
}

/** The only code point of a set, or undefined. */
export const onlyMember = (set: CharacterSet): number | undefined =>
  set.length === 2 && set[0] === set[1] ? set[0] : undefined

/** How many code points a set has. */
export function sizeOf(set: CharacterSet): number {
  let size = 0
  for (let i = 0; i < set.length; i += 2) size += (set[i + 1] ?? 0) - (set[i] ?? 0) + 1
  return size
}
