/** From the least to the most that a size or a cost can be. Upstream counts with 64 bits, and stops there. */
export interface Range {
  readonly min: number
  readonly max: number
}

export const MAX = 2 ** 64

export const exactly = (value: number): Range => ({ min: value, max: value })
export const nothing: Range = exactly(0)
export const anything: Range = { min: 0, max: MAX }

const bounded = (value: number): number => Math.min(value, MAX)

export const plus = (...ranges: readonly Range[]): Range => ({
  min: bounded(ranges.reduce((sum, { min }) => sum + min, 0)),
  max: bounded(ranges.reduce((sum, { max }) => sum + max, 0)),
})
export const times = (a: Range, b: Range): Range => ({
  min: bounded(a.min * b.min),
  max: bounded(a.max * b.max),
})
/** Each end times the factor, rounded up. */
export const scaled = ({ min, max }: Range, factor: number): Range => ({
  min: bounded(Math.ceil(min * factor)),
  max: bounded(Math.ceil(max * factor)),
})
export const union = (a: Range, b: Range): Range => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
})
