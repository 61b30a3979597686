import { OperationError } from './expr-error.ts'
import { Duration, format, Instant, isNumber, toInt64, truncate, typeName, type Value } from './value.ts'

const undefinedFor = (operator: string, left: Value, right: Value): OperationError =>
  new OperationError(`invalid operation: ${typeName(left)} ${operator} ${typeName(right)}`)

/** int with int stays int and wraps at 64 bits; any float makes a float. */
function arithmetic(operator: '+' | '-' | '*', left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if (operator === '+') return toInt64(left + right)
    return toInt64(operator === '-' ? left - right : left * right)
  }
  if (!isNumber(left) || !isNumber(right)) throw undefinedFor(operator, left, right)
  const [first, second] = [Number(left), Number(right)]
  if (operator === '+') return first + second
  return operator === '-' ? first - second : first * second
}

export function add(left: Value, right: Value): Value {
  if (typeof left === 'string' && typeof right === 'string') return left + right
  if (left instanceof Instant && right instanceof Duration) return new Instant(left.ms + right.ms)
  if (left instanceof Duration && right instanceof Instant) return new Instant(left.ms + right.ms)
  if (left instanceof Duration && right instanceof Duration) return new Duration(left.ms + right.ms)
  return arithmetic('+', left, right)
}

export function subtract(left: Value, right: Value): Value {
  if (left instanceof Instant && right instanceof Instant) return new Duration(left.ms - right.ms)
  if (left instanceof Instant && right instanceof Duration) return new Instant(left.ms - right.ms)
  if (left instanceof Duration && right instanceof Duration) return new Duration(left.ms - right.ms)
  return arithmetic('-', left, right)
}

export function multiply(left: Value, right: Value): Value {
  if (left instanceof Duration && isNumber(right)) return new Duration(left.ms * Number(right))
  if (isNumber(left) && right instanceof Duration) return new Duration(Number(left) * right.ms)
  return arithmetic('*', left, right)
}

/** `/` always yields a float, by zero an infinity or NaN. */
export function divide(left: Value, right: Value): Value {
  if (!isNumber(left) || !isNumber(right)) throw undefinedFor('/', left, right)
  return Number(left) / Number(right)
}

export function modulo(left: Value, right: Value): Value {
  if (typeof left !== 'bigint' || typeof right !== 'bigint') throw undefinedFor('%', left, right)
  if (right === 0n) throw new OperationError('integer divide by zero')
  return left % right
}

export function power(left: Value, right: Value): Value {
  if (!isNumber(left) || !isNumber(right)) throw undefinedFor('**', left, right)
  return Number(left) ** Number(right)
}

export function negate(value: Value): Value {
  if (typeof value === 'bigint') return toInt64(-value)
  if (typeof value === 'number') return -value
  if (value instanceof Duration) return new Duration(-value.ms)
  throw new OperationError(`invalid operation: - ${typeName(value)}`)
}

/** Numbers are equal by value whatever their type; arrays and maps by their content. */
export function equal(left: Value, right: Value): boolean {
  if (isNumber(left) && isNumber(right))
    // Loose equality compares a bigint and a number by value, without rounding.
    // biome-ignore lint/suspicious/noDoubleEquals: see above.
    return left == right
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null))
  if (left instanceof Map && right instanceof Map)
    return (
      left.size === right.size &&
      [...left].every(([key, item]) => right.has(key) && equal(item, right.get(key) ?? null))
    )
  if (left instanceof Instant && right instanceof Instant) return left.ms === right.ms
  if (left instanceof Duration && right instanceof Duration) return left.ms === right.ms
  return left === right
}

export type Comparison = '<' | '>' | '<=' | '>='

/** Orders two values of one kind; every comparison with NaN is false. */
export function compare(operator: Comparison, left: Value, right: Value): boolean {
  const [first, second] = comparable(left, right) ?? [undefined, undefined]
  if (first === undefined || second === undefined) throw undefinedFor(operator, left, right)
  switch (operator) {
    case '<':
      return first < second
    case '>':
      return first > second
    case '<=':
      return first <= second
    case '>=':
      return first >= second
  }
}

type Ordered = readonly [number | bigint, number | bigint]

function comparable(left: Value, right: Value): Ordered | undefined {
  if (isNumber(left) && isNumber(right)) return [left, right]
  // Go compares the bytes of strings; UTF-8 keeps the order of code points.
  if (typeof left === 'string' && typeof right === 'string')
    return [Buffer.compare(Buffer.from(left), Buffer.from(right)), 0]
  if (left instanceof Instant && right instanceof Instant) return [left.ms, right.ms]
  if (left instanceof Duration && right instanceof Duration) return [left.ms, right.ms]
  return undefined
}

export const less = (left: Value, right: Value): boolean => compare('<', left, right)

export function isIn(needle: Value, collection: Value): boolean {
  if (collection === null) return false
  if (Array.isArray(collection)) return collection.some(item => equal(item, needle))
  if (collection instanceof Map) return collection.has(needle)
  throw new OperationError(`operator "in" not defined on ${typeName(collection)}`)
}

/** The place that an index names in a sequence; negative ones count from the end. */
function position(index: Value, length: number): number {
  const asked = isNumber(index) ? Number(truncate(Number(index))) : undefined
  if (asked === undefined) throw new OperationError(`cannot use ${typeName(index)} as an index`)
  return asked < 0 ? length + asked : asked
}

/** `object[property]`: an absent key of a map is nil, an index outside an array an error. */
export function fetch(object: Value, property: Value): Value {
  if (object instanceof Map) return object.get(property) ?? null
  if ((Array.isArray(object) || typeof object === 'string') && isNumber(property)) {
    const items = typeof object === 'string' ? Buffer.from(object) : object
    const index = position(property, items.length)
    const item = items[index]
    if (item === undefined)
      throw new OperationError(`index out of range: ${index} (array length is ${items.length})`)
    return typeof object === 'string' ? BigInt(item as number) : (item as Value)
  }
  throw unfetchable(object, property)
}

const unfetchable = (object: Value, property: Value): OperationError =>
  new OperationError(`cannot fetch ${format(property)} from ${typeName(object)}`)

/** `object[from:to]`, cut to what is there; strings count bytes, as in Go. */
export function slice(object: Value, from: Value, to: Value): Value {
  if (!Array.isArray(object) && typeof object !== 'string')
    throw new OperationError(`cannot slice ${typeName(object)}`)
  const items = typeof object === 'string' ? Buffer.from(object) : object
  const clamp = (place: number) => Math.min(Math.max(place, 0), items.length)
  const end = to === null ? items.length : clamp(position(to, items.length))
  const start = Math.min(from === null ? 0 : clamp(position(from, items.length)), end)
  return typeof object === 'string' ? items.slice(start, end).toString() : object.slice(start, end)
}
