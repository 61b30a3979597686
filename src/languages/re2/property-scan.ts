import { type CharacterSet, setOf } from './character-set.ts'

const BLOCK = 0x1000
const SURROGATES = [0xd800, 0xdfff] as const
/** Planes 4 to 13 have no characters yet, 15 and 16 are for private use. */
const PLANES = [0, 1, 2, 3, 14]
const PRIVATE = [0xf0000, 0xffffd, 0x100000, 0x10fffd]

/** The assigned code points that one of JavaScript's Unicode properties has; some 10 ms, so callers keep the result. */
export function scanProperty(property: string): CharacterSet {
  const runs = new RegExp(`\\p{${property}}+`, 'gu')
  const ranges: number[] = []
  for (const plane of PLANES)
    for (let base = plane * 0x10000; base < (plane + 1) * 0x10000; base += BLOCK)
      scanBlock(base, runs, ranges)
  const one = new RegExp(`\\p{${property}}`, 'u')
  if (one.test('\u{f0000}')) ranges.push(...PRIVATE)
  if (one.test('\ud800')) ranges.push(...SURROGATES)
  return setOf(ranges)
}

function scanBlock(base: number, runs: RegExp, ranges: number[]): void {
  // Halves of surrogate pairs side by side would be read as one character.
  const [from, to] = base === 0xd000 ? [0xd000, 0xd7ff] : [base, base + BLOCK - 1]
  if (from >= SURROGATES[0] && to <= SURROGATES[1]) return
  const width = from > 0xffff ? 2 : 1
  const codes = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  for (const { index, 0: run } of String.fromCodePoint(...codes).matchAll(runs))
    ranges.push(from + index / width, from + (index + run.length) / width - 1)
}
