/**
 * The staleness marker is one NaN among many (0x7ff0000000000002). JavaScript may change the bits of a NaN that passes
 * through a variable, so the marker is written and recognised inside the buffer only.
 */
const HIGH = 0x7ff00000
const LOW = 2

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
const [lowWord, highWord] = littleEndian ? [0, 1] : [1, 0]

const wordsAt = (values: Float64Array, index: number): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset + index * 8, 2)

/** Marks the series as ended at this sample. */
export function writeStale(values: Float64Array, index: number): void {
  const words = wordsAt(values, index)
  words[lowWord] = LOW
  words[highWord] = HIGH
}

export function isStale(values: Float64Array, index: number): boolean {
  const value = values[index] ?? 0
  // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN, in the hottest loop.
  if (value === value) return false
  const words = wordsAt(values, index)
  return words[lowWord] === LOW && words[highWord] === HIGH
}
