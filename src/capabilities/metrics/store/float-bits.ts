import { HIGH_WORD, LOW_WORD } from '../../../languages/promql/float-words.ts'

const number = new Float64Array(1)
const words = new Uint32Array(number.buffer)

/** Integers that differ by less are stored as their difference. */
const MAX_DELTA = 2 ** 30

/** The bits of a float, so that NaNs keep theirs. One shared place: read `low` and `high` before the next call. */
export const floatBits = {
  of(value: number): void {
    number[0] = value
  },
  set(low: number, high: number): void {
    words[LOW_WORD] = low
    words[HIGH_WORD] = high
  },
  get low(): number {
    return words[LOW_WORD] ?? 0
  },
  get high(): number {
    return words[HIGH_WORD] ?? 0
  },
  get value(): number {
    return number[0] ?? 0
  },
}

/** The difference between two floats when both are whole numbers and it is small, else undefined. */
export function wholeDelta(before: number, after: number): number | undefined {
  const delta = after - before
  const isSmall = delta < MAX_DELTA && delta > -MAX_DELTA
  // -0 would come back as 0.
  return isSmall &&
    Number.isSafeInteger(before) &&
    Number.isSafeInteger(after) &&
    (after !== 0 || 1 / after > 0)
    ? delta
    : undefined
}
