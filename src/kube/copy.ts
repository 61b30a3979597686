/** A deep copy of a JSON value; several times faster than structuredClone, and the copy of a frozen value is not frozen. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  // Both branches rebuild the shape they were given.
  if (Array.isArray(value)) return value.map(copyJson) as T
  const copy: Record<string, unknown> = {}
  for (const key in value) if (value[key] !== undefined) setOwn(copy, key, copyJson(value[key]))
  return copy as T
}

/** Sets a key even where it is `__proto__`, which assignment would take as the prototype. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  else object[key] = value
}

/** Whether two JSON values are the same; undefined fields count as absent, order of keys does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => equalJson(item, b[index]))
  }
  return equalJsonBut(a, b, NONE)
}

/** The same of two objects, some of whose own fields do not matter: a copy without them would cost more than the comparison. */
export function equalJsonBut(a: object, b: object, ignored: readonly string[]): boolean {
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  let count = 0
  for (const key in left) {
    if (left[key] === undefined || ignored.includes(key)) continue
    if (!equalJson(left[key], right[key])) return false
    count++
  }
  for (const key in right) if (right[key] !== undefined && !ignored.includes(key)) count--
  return count === 0
}

const NONE: readonly string[] = []
