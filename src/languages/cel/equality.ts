import { Duration, List, Mapping, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts'

/** Whether two values are equal; values of different types are not, except for numbers. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true
  const [left, right] = [numeric(a), numeric(b)]
  // JavaScript compares bigint with number by what they are worth.
  // biome-ignore lint/suspicious/noDoubleEquals: for the reason above
  if (left !== undefined && right !== undefined) return left == right
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof List) return b instanceof List && equalLists(a, b)
  if (a instanceof Mapping) return b instanceof Mapping && equalMaps(a, b)
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanoseconds === b.nanoseconds
  if (a instanceof Duration) return b instanceof Duration && a.nanoseconds === b.nanoseconds
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Opaque) return b instanceof Opaque && a.typeName === b.typeName && a.equals(b)
  if (a instanceof Optional && b instanceof Optional) {
    if (a.value === undefined || b.value === undefined) return a.value === b.value
    return equals(a.value, b.value)
  }
  return false
}

/** A number's worth, whichever type it has. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value
  return value instanceof Uint ? value.value : undefined
}

function equalLists(a: List, b: List): boolean {
  if (a.size !== b.size) return false
  const listType = a.listType ?? b.listType
  const [left, right] = [a.toArray(), b.toArray()]
  // Lists that are sets or maps compare without regard to order.
  if (listType === 'set') return left.every(item => includes(right, item))
  if (listType)
    return left.every(item => right.some(other => sameKeys(listType, item, other) && equals(item, other)))
  return left.every((item, index) => equals(item, right[index] as Value))
}

/** Whether the items of a list of type map have equal keys. */
export const sameKeys = (keys: readonly string[], a: Value, b: Value): boolean =>
  a instanceof Mapping &&
  b instanceof Mapping &&
  keys.every(key => equals(a.get(key) ?? null, b.get(key) ?? null))

export const includes = (items: readonly Value[], wanted: Value): boolean =>
  items.some(item => equals(item, wanted))

function equalMaps(a: Mapping, b: Mapping): boolean {
  return (
    a.size === b.size &&
    a.agreesWith(b) &&
    a.keys().every(key => {
      const other = b.get(key)
      return other !== undefined && equals(a.get(key) as Value, other)
    })
  )
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** By code point, as Go compares strings; JavaScript would compare halves of surrogate pairs. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for what lies above all other characters. */
const rank = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit)

/** Negative, zero or positive for values of one type or numbers of any; undefined for what has no order. */
export function compare(a: Value, b: Value): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  const [left, right] = [ordinal(a, b), ordinal(b, a)]
  if (left !== undefined && right !== undefined)
    return left < right ? -1 : left > right ? 1 : left >= right ? 0 : Number.NaN
  return a instanceof Uint8Array && b instanceof Uint8Array ? compareBytes(a, b) : undefined
}

function ordinal(value: Value, other: Value): bigint | number | undefined {
  if (value instanceof Timestamp) return other instanceof Timestamp ? value.nanoseconds : undefined
  if (value instanceof Duration) return other instanceof Duration ? value.nanoseconds : undefined
  return numeric(value)
}
