/** An unsigned integer of 64 bits. */
export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** A span of time in nanoseconds. */
export class Duration {
  readonly nanoseconds: bigint
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds
  }
}

/** A point in time, in nanoseconds since 1970 UTC. */
export class Timestamp {
  readonly nanoseconds: bigint
  /** The offset that it was written with, and is written with again: `Z` or `+01:00`. */
  readonly zone: string
  constructor(nanoseconds: bigint, zone = 'Z') {
    this.nanoseconds = nanoseconds
    this.zone = zone
  }
}

/** What `type(x)` yields. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** `optional.of(x)` and `optional.none()`. */
export class Optional {
  static readonly none = new Optional(undefined)
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    this.value = value
  }
}

/** A value of a library's own type (url, quantity …), which only its functions look into. */
export abstract class Opaque {
  abstract readonly typeName: string
  abstract equals(other: Opaque): boolean
  /** Its size where costs depend on it. */
  get costSize(): number {
    return 1
  }
}

/** A list; those made from JSON convert their elements when they are asked for. */
export abstract class List {
  abstract readonly size: number
  abstract at(index: number): Value
  /** How the list compares and adds up, of lists with a declared type. */
  get listType(): 'set' | readonly string[] | undefined {
    return undefined
  }
  toArray(): readonly Value[] {
    return Array.from({ length: this.size }, (_, index) => this.at(index))
  }
}

/** A map or an object. */
export abstract class Mapping {
  abstract readonly size: number
  abstract readonly typeName: string
  abstract get(key: Value): Value | undefined
  abstract keys(): readonly Value[]
  /** Whether two values agree in what expressions do not see of them: fields that no schema declares. */
  agreesWith(_other: Mapping): boolean {
    return true
  }
}

/** Integers are bigint, doubles are number. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Duration
  | Timestamp
  | TypeValue
  | Optional
  | Opaque
  | List
  | Mapping

export class ArrayList extends List {
  readonly #items: readonly Value[]
  constructor(items: readonly Value[]) {
    super()
    this.#items = items
  }
  override get size(): number {
    return this.#items.length
  }
  override at(index: number): Value {
    // Callers stay below `size`.
    return this.#items[index] as Value
  }
  override toArray(): readonly Value[] {
    return this.#items
  }
}

/** A key by which equal keys are found, whichever numeric type they have; undefined for what cannot be a key. */
function keyOf(key: Value): string | bigint | boolean | number | undefined {
  if (typeof key === 'number') return Number.isInteger(key) ? BigInt(key) : key
  if (key instanceof Uint) return key.value
  return typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean' ? key : undefined
}

export class EntryMap extends Mapping {
  override readonly typeName = 'map'
  readonly #entries = new Map<unknown, readonly [Value, Value]>()
  override get size(): number {
    return this.#entries.size
  }
  override get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }
  override keys(): readonly Value[] {
    return Array.from(this.#entries.values(), ([key]) => key)
  }
  /** False, and nothing set, where the key is there already or cannot be one. */
  add(key: Value, value: Value): boolean {
    const id = keyOf(key)
    if (id === undefined || this.#entries.has(id)) return false
    this.#entries.set(id, [key, value])
    return true
  }
}

/** The name that `type(x)` has for the value. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
  }
  if (value === null) return 'null_type'
  if (value instanceof List) return 'list'
  if (value instanceof Mapping || value instanceof Opaque) return value.typeName
  if (value instanceof Uint) return 'uint'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof TypeValue) return 'type'
  return value instanceof Optional ? 'optional_type' : 'bytes'
}

/** Elements, entries, characters or bytes; 1 for what has no size. Costs are counted with it. */
export function costSize(value: Value): number {
  if (typeof value === 'string') return characters(value)
  if (typeof value !== 'object' || value === null) return 1
  if (value instanceof List || value instanceof Mapping) return value.size
  if (value instanceof Uint8Array) return value.length
  if (value instanceof Optional) return value.value === undefined ? 1 : costSize(value.value)
  return value instanceof Opaque ? value.costSize : 1
}

/** The length of a text in code points. */
export function characters(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(i + 1)
      if (next >= 0xdc00 && next < 0xe000) {
        count--
        i++
      }
    }
  }
  return count
}
