/** A count, or a percentage such as `25%`. */
export type IntOrString = number | string

export const isPercent = (value: IntOrString): value is string =>
  typeof value === 'string' && /^\d+%$/.test(value)

/** The count that a value means of `total`, percentages rounded up or down. Throws RangeError on other text. */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  if (!isPercent(value)) throw new RangeError(`invalid value for IntOrString: "${value}" is not a percentage`)
  const scaled = (Number(value.slice(0, -1)) * total) / 100
  return rounding === 'up' ? Math.ceil(scaled) : Math.floor(scaled)
}
