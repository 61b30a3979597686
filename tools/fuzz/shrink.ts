/** The smallest input that still fails the same way, within so many tries. `fails` yields the failure's text. */
export async function shrink(
  input: unknown,
  fails: (smaller: unknown) => Promise<string | undefined>,
  tries = 2000,
): Promise<unknown> {
  const wanted = outline(await fails(input))
  if (wanted === undefined) return input
  let best = input
  let left = tries
  for (let improved = true; improved && left > 0; ) {
    improved = false
    for (const candidate of smaller(best, 0)) {
      if (left-- <= 0) break
      if (outline(await fails(candidate)) !== wanted) continue
      best = candidate
      improved = true
      break
    }
  }
  return best
}

/** A failure without the values in it. */
const outline = (failure: string | undefined): string | undefined =>
  failure
    ?.split('\n')[0]
    ?.replace(/[{["'].*/s, '')
    .replace(/\d+/g, '#')

/** Inputs that are a little smaller. A list at the top is the property's arguments, whose number stays. */
function* smaller(value: unknown, depth: number): Generator<unknown> {
  if (typeof value === 'string') yield* smallerText(value)
  else if (Array.isArray(value)) {
    if (depth > 0) {
      if (value.length > 3) {
        yield value.slice(0, value.length >> 1)
        yield value.slice(value.length >> 1)
      }
      for (const index of value.keys()) yield value.toSpliced(index, 1)
    }
    for (const [index, item] of value.entries())
      for (const less of smaller(item, depth + 1)) yield value.with(index, less)
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    for (const index of entries.keys()) yield Object.fromEntries(entries.toSpliced(index, 1))
    for (const [index, [key, item]] of entries.entries())
      for (const less of smaller(item, depth + 1)) yield Object.fromEntries(entries.with(index, [key, less]))
  } else if (typeof value === 'number' && value !== 0) yield 0
}

function* smallerText(text: string): Generator<string> {
  if (text === '') return
  const half = text.length >> 1
  if (half > 0) {
    yield text.slice(0, half)
    yield text.slice(half)
  }
  for (let size = Math.max(1, text.length >> 2); size > 0; size >>= 1)
    for (let at = 0; at < text.length && at < 400; at += size) yield text.slice(0, at) + text.slice(at + size)
}
