import { isJsonObject, type Schema } from './schema.ts'

/**
 * What Go's converter from untyped objects says of the first value that does not fit a built-in type, or undefined:
 * `cannot restore map from string`. Strategic merge patches are read by it, not by the JSON decoder.
 */
export function restoreMismatch(schema: Schema, value: unknown): string | undefined {
  if (value === null || value === undefined || schema['x-kubernetes-int-or-string'] || schema.format)
    return undefined
  if (schema.properties || typeof schema.additionalProperties === 'object') {
    if (!isJsonObject(value))
      return `cannot restore ${schema.properties ? 'struct' : 'map'} from${schema.properties ? ':' : ''} ${goKind(value)}`
    const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
    for (const key in value) {
      const known = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : rest
      const found = known && restoreMismatch(known, value[key])
      if (found) return found
    }
    return undefined
  }
  if (schema.items) {
    if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`
    for (const item of value) {
      const found = restoreMismatch(schema.items, item)
      if (found) return found
    }
    return undefined
  }
  const wanted = scalars[schema.type ?? '']
  return wanted === undefined || wanted.includes(goKind(value))
    ? undefined
    : `cannot convert ${goKind(value)} to ${wanted[0]}`
}

const scalars: Readonly<Record<string, readonly string[] | undefined>> = {
  string: ['string'],
  boolean: ['bool'],
  integer: ['int64'],
  number: ['float64', 'int64'],
}

/** The kind that Go's JSON decoder gives a value. */
function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64'
    default:
      return 'map'
  }
}

/** A value as Go prints it with `%v`: `map[spec:map[ports:5]]`. */
export function goString(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goString).join(' ')}]`
  if (isJsonObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map(key => `${key}:${goString(value[key])}`)
      .join(' ')}]`
  return String(value)
}
