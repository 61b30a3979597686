import { OperationError } from './expr-error.ts'

/**
 * A value of the language. As in Go there are two numbers: an `int` of 64 bits is a bigint, a `float64` is a
 * number. A map keeps the order in which its keys were set, where Go's has none.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Value[]
  | ValueMap
  | Instant
  | Duration
  | Callable
export type ValueMap = Map<Value, Value>
export type Callable = (...args: Value[]) => Value

/** Go's `time.Time`, to the millisecond. */
export class Instant {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/** Go's `time.Duration`. */
export class Duration {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/** Turns parsed JSON into a value: every number is a float, as Go's decoder makes them. */
export function fromJson(json: unknown): Value {
  if (json === null || json === undefined) return null
  if (Array.isArray(json)) return json.map(fromJson)
  switch (typeof json) {
    case 'boolean':
    case 'number':
    case 'string':
    case 'bigint':
      return json
    case 'object':
      return new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value)]))
    default:
      throw new OperationError(`a ${typeof json} is no value`)
  }
}

/** The name that `type()` gives and errors use. */
export function typeName(value: Value): string {
  if (value === null) return 'nil'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Map) return 'map'
  if (value instanceof Instant) return 'time.Time'
  if (value instanceof Duration) return 'time.Duration'
  switch (typeof value) {
    case 'bigint':
      return 'int'
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    default:
      return 'func'
  }
}

export const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

/** Wraps around at 64 bits like Go's int. */
export const toInt64 = (value: bigint): bigint => BigInt.asIntN(64, value)

// What amd64 yields for a float that no int can hold.
const INDEFINITE = -(2n ** 63n)

/** Cuts a float off towards zero. */
export function truncate(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) return INDEFINITE
  return BigInt(Math.trunc(value))
}

/** A float as `%v` and `strconv` format 'g' with the shortest precision print it. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 21)
    return value.toString().includes('e') ? expand(value, power) : value.toString()
  const digits = Math.abs(power).toString().padStart(2, '0')
  return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`
}

const expand = (value: number, power: number): string =>
  value.toFixed(Math.max(0, 20 - power)).replace(/0+$/, '')

/** Prints a value as Go's `%v` does. */
export function format(value: Value): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(format).join(' ')}]`
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [format(key), format(item)] as const)
    entries.sort(([left], [right]) => (left < right ? -1 : 1))
    return `map[${entries.map(([key, item]) => `${key}:${item}`).join(' ')}]`
  }
  if (value instanceof Instant) return new Date(value.ms).toISOString()
  if (value instanceof Duration) return `${formatFloat(value.ms / 1000)}s`
  if (typeof value === 'number') return formatFloat(value)
  if (typeof value === 'function') return 'func'
  return String(value)
}
