const pattern = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(m|[kMGTPE]i?|Ki|n|u|[eE][+-]?\d+)?$/

const binary: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}
/** Powers of ten of the decimal suffixes. */
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}

/** A resource.Quantity: an exact number of nano-units, and the family of suffixes it was written in. */
export interface Quantity {
  readonly nano: bigint
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent'
}

const NANO = 1_000_000_000n
const ten = (power: number): bigint => 10n ** BigInt(power)
const ceilDivide = (a: bigint, b: bigint): bigint => {
  const quotient = a / b
  return a % b === 0n ? quotient : a > 0n ? quotient + 1n : quotient - 1n
}

/** What exact arithmetic is worth; upstream caps such amounts. */
const MAX_DIGITS = 1000
const MAX_POWER = 100
const SHOWN = 100

export const isQuantity = (text: string): boolean => partsOf(text) !== undefined

/** Sign, digits and suffix; undefined for what is no quantity, or too large or too small for one. */
function partsOf(text: string): readonly [sign: string, digits: string, suffix: string] | undefined {
  const [, sign = '', digits = '', suffix = ''] = pattern.exec(text) ?? []
  if (digits === '' || digits.length > MAX_DIGITS || suffix === 'ki') return undefined
  const power = /^[eE]./.test(suffix) ? Math.abs(Number(suffix.slice(1))) : 0
  return power > MAX_POWER ? undefined : [sign, digits, suffix]
}

/** Parses `500m`, `1.5Gi`, `1e3`, 2 …; finer than a nano rounds away from zero, as upstream. Throws RangeError. */
export function parseQuantity(value: string | number): Quantity {
  const text = String(value)
  const parts = partsOf(text)
  if (!parts) throw new RangeError(`"${text.slice(0, SHOWN)}" is not a quantity`)
  const [sign, digits, suffix] = parts
  const [whole = '', fraction = ''] = digits.split('.')
  const mantissa = BigInt((whole + fraction).replace(/^$/, '0')) * (sign === '-' ? -1n : 1n)
  const factor = binary[suffix]
  if (factor !== undefined)
    return { nano: ceilDivide(mantissa * factor * NANO, ten(fraction.length)), format: 'BinarySI' }
  const isExponent = /^[eE]./.test(suffix)
  const power = isExponent ? Number(suffix.slice(1)) : (decimal[suffix] ?? 0)
  const shift = power + 9 - fraction.length
  const nano = shift >= 0 ? mantissa * ten(shift) : ceilDivide(mantissa, ten(-shift))
  return { nano, format: isExponent ? 'DecimalExponent' : 'DecimalSI' }
}

/** The quantity as a number, e.g. CPU cores or bytes. Loses what a double cannot hold. */
export const quantityToNumber = (value: string | number): number => Number(parseQuantity(value).nano) / 1e9

/** Thousandths, rounded up: what CPU requests are counted in. */
export const milliValue = (value: string | number): number =>
  Number(ceilDivide(parseQuantity(value).nano, 1_000_000n))

/** Negative, zero or positive, exactly. */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = parseQuantity(a).nano - parseQuantity(b).nano
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The sum, written in the first one's family of suffixes. */
export function addQuantities(a: string | number, b: string | number): string {
  const first = parseQuantity(a)
  return formatQuantity({ nano: first.nano + parseQuantity(b).nano, format: first.format })
}

/** The canonical form: the largest suffix that needs no fraction. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0'
  // A BinarySI value below 1024 or with a fraction is written in decimal, as upstream.
  if (format === 'BinarySI' && nano % NANO === 0n && (nano >= 1024n * NANO || nano <= -1024n * NANO)) {
    const units = nano / NANO
    const suffix = Object.keys(binary).findLast(key => units % (binary[key] ?? 1n) === 0n)
    return suffix === undefined ? `${units}` : `${units / (binary[suffix] ?? 1n)}${suffix}`
  }
  let power = -9
  let digits = nano
  while (power < 18 && digits % 1000n === 0n) {
    digits /= 1000n
    power += 3
  }
  if (format === 'DecimalExponent') return power === 0 ? `${digits}` : `${digits}e${power}`
  return `${digits}${Object.keys(decimal).find(key => decimal[key] === power) ?? ''}`
}

/** The canonical form of a quantity as users write it: `1000m` is `1`, `0.5` is `500m`. Throws RangeError. */
export const canonicalQuantity = (value: string | number): string => formatQuantity(parseQuantity(value))

/** Whether it is no whole number. */
export const hasFraction = (value: string | number): boolean =>
  isQuantity(String(value)) && parseQuantity(value).nano % NANO !== 0n
