import { HIGH_WORD, LOW_WORD, STALE_HIGH, STALE_LOW } from './float-words.ts'

// JavaScript may change the bits of a NaN that passes through a variable, so the marker is written and recognised
// inside the buffer only.

const wordsAt = (values: Float64Array, index: number): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset + index * 8, 2)

/** Marks the series as ended at this sample. */
export function writeStale(values: Float64Array, index: number): void {
  const words = wordsAt(values, index)
  words[LOW_WORD] = STALE_LOW
  words[HIGH_WORD] = STALE_HIGH
}

export function isStale(values: Float64Array, index: number): boolean {
  const value = values[index] ?? 0
  // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN, in the hottest loop.
  if (value === value) return false
  const words = wordsAt(values, index)
  return words[LOW_WORD] === STALE_LOW && words[HIGH_WORD] === STALE_HIGH
}
