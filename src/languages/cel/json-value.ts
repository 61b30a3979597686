import { isDeepStrictEqual } from 'node:util'
import { EvaluationError } from './cel-error.ts'
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts'
import { dynType, parameterOf, type Field, type Type } from './type.ts'
import { ArrayList, Duration, List, Mapping, Timestamp, Uint, type Value } from './value.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (json: unknown): json is Json =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** A JSON value as a value of a declared type; what does not fit the type becomes what it is by itself. */
export function fromJson(json: unknown, type: Type): Value {
  if (json === null || json === undefined) return null
  switch (type.kind) {
    case 'int':
      return typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : untyped(json)
    case 'double':
      return typeof json === 'number' ? json : untyped(json)
    case 'object':
      return isObject(json) && type.fields ? new JsonObject(json, type.fields, type.name) : untyped(json)
    case 'map':
      return isObject(json) ? new JsonMap(json, parameterOf(type, 1)) : untyped(json)
    case 'list':
      return Array.isArray(json) ? new JsonList(json, type) : untyped(json)
    case 'timestamp':
      return typeof json === 'string' ? timestampOf(json) : untyped(json)
    case 'duration':
      return typeof json === 'string' ? parsed(parseDuration(json), json, 'Invalid duration') : untyped(json)
    case 'bytes':
      return typeof json === 'string' ? Uint8Array.from(Buffer.from(json, 'base64')) : untyped(json)
    default:
      return untyped(json)
  }
}

function timestampOf(text: string): Value {
  // Fields of format `date` are timestamps too.
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text)
  return parsed(parseTimestamp(isDate ? `${text}T00:00:00Z` : text), text, 'Invalid date')
}

function parsed<T>(value: T | undefined, text: string, problem: string): T {
  if (value === undefined) throw new EvaluationError(`${problem} ${text}`)
  return value
}

function untyped(json: unknown): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json
    case 'number':
      return Number.isInteger(json) ? BigInt(json) : json
    default:
      if (Array.isArray(json)) return new ArrayList(json.map(item => fromJson(item, dynType)))
      return isObject(json) ? new JsonMap(json, dynType) : null
  }
}

class JsonList extends List {
  readonly #json: readonly unknown[]
  readonly #type: Type
  #items: readonly Value[] | undefined
  constructor(json: readonly unknown[], type: Type) {
    super()
    this.#json = json
    this.#type = type
  }
  override get size(): number {
    return this.#json.length
  }
  override get listType() {
    return this.#type.listType
  }
  override at(index: number): Value {
    return this.#items?.[index] ?? fromJson(this.#json[index], parameterOf(this.#type, 0))
  }
  override toArray(): readonly Value[] {
    this.#items ??= this.#json.map(item => fromJson(item, parameterOf(this.#type, 0)))
    return this.#items
  }
}

class JsonMap extends Mapping {
  override readonly typeName = 'map'
  readonly #json: Json
  readonly #valueType: Type
  constructor(json: Json, valueType: Type) {
    super()
    this.#json = json
    this.#valueType = valueType
  }
  override get size(): number {
    return Object.keys(this.#json).length
  }
  override get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#json, key)) return undefined
    const json = this.#json[key]
    return json === undefined ? undefined : fromJson(json, this.#valueType)
  }
  override keys(): readonly Value[] {
    return Object.keys(this.#json)
  }
}

/** An object of declared fields, by their names in expressions; fields without a type are not seen. */
class JsonObject extends Mapping {
  override readonly typeName: string
  readonly #json: Json
  readonly #fields: ReadonlyMap<string, Field>
  constructor(json: Json, fields: ReadonlyMap<string, Field>, typeName: string) {
    super()
    this.#json = json
    this.#fields = fields
    this.typeName = typeName
  }
  override get size(): number {
    return Object.keys(this.#json).length
  }
  override get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    const field = this.#fields.get(key)
    if (!field || !Object.hasOwn(this.#json, field.jsonName)) return undefined
    const json = this.#json[field.jsonName]
    // A field that is null is as good as absent.
    return json === undefined || json === null ? undefined : fromJson(json, field.type)
  }
  override keys(): readonly Value[] {
    const names: string[] = []
    for (const [name, { jsonName }] of this.#fields)
      if ((this.#json[jsonName] ?? null) !== null) names.push(name)
    return names
  }
  override agreesWith(other: Mapping): boolean {
    if (!(other instanceof JsonObject)) return true
    const seen = new Set(Array.from(this.#fields.values(), ({ jsonName }) => jsonName))
    return Object.keys(this.#json).every(
      key =>
        seen.has(key) ||
        !Object.hasOwn(other.#json, key) ||
        isDeepStrictEqual(this.#json[key], other.#json[key]),
    )
  }
}

/** A value as JSON. Throws EvaluationError for what has no JSON form, and for maps whose keys are not texts. */
export function toJson(value: Value): unknown {
  switch (typeof value) {
    case 'bigint':
      return Number(value)
    case 'object':
      break
    default:
      return value
  }
  if (value === null) return null
  if (value instanceof Uint) return Number(value.value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof List) return value.toArray().map(toJson)
  if (!(value instanceof Mapping)) throw new EvaluationError('the value has no JSON form')
  return Object.fromEntries(
    value.keys().map(key => {
      if (typeof key !== 'string') throw new EvaluationError(`map key ${String(key)} is not a string`)
      return [key, toJson(value.get(key) ?? null)]
    }),
  )
}
