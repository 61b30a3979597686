/** How many indexes a text such as `1,3-5` names; else what is wrong with it. Each is below `completions`. */
export function countIndexes(text: string, completions: number): { count: number } | { problem: string } {
  if (text === '') return { count: 0 }
  let [count, last] = [0, -1]
  for (const part of text.split(',')) {
    const range = rangeOf(part, completions)
    if ('problem' in range) return range
    if (last >= range.from)
      return { problem: `non-increasing order, previous: ${last}, current: ${range.from}` }
    count += range.to - range.from + 1
    last = range.to
  }
  return { count }
}

function rangeOf(part: string, completions: number): { from: number; to: number } | { problem: string } {
  const ends = part.split('-')
  if (ends.length > 2)
    return {
      problem: `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    }
  for (const end of ends) {
    if (!/^\+?\d+$/.test(end))
      return { problem: `cannot convert string to integer for index: ${JSON.stringify(end)}` }
    if (Number(end) >= completions) return { problem: `too large index: ${JSON.stringify(end)}` }
  }
  const [from = 0, to = from] = ends.map(Number)
  if (ends.length === 2 && from >= to)
    return { problem: `non-increasing order, previous: ${from}, current: ${to}` }
  return { from, to }
}

/** The lowest index that two such texts both name; parts that cannot be read count for nothing. */
export function overlapOf(one: string, other: string, completions: number): number | undefined {
  const ranges = (text: string) =>
    text.split(',').flatMap(part => {
      const range = rangeOf(part, completions)
      return 'problem' in range ? [] : [range]
    })
  const [left, right] = [ranges(one), ranges(other)]
  let [i, j] = [0, 0]
  for (let a = left[i], b = right[j]; a && b; a = left[i], b = right[j]) {
    if (a.from <= b.to && b.from <= a.to) return Math.max(a.from, b.from)
    if (a.from <= b.from) i += 1
    else j += 1
  }
  return undefined
}
