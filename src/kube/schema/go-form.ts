import { isJsonObject, type Json, type Schema } from './schema.ts'

/**
 * Removes in place what Go takes for absent and does not write: empty lists and maps, and the zero of a plain field.
 * `pointers` are fields whose zero is a value; those that Go writes anyway (`Schema.written`) stay as well, but for null.
 */
export function dropZeros(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items && isContainer(schema.items)) for (const item of value) dropZeros(schema.items, item)
    else if (schema.items?.type === 'string')
      for (const [index, item] of value.entries()) if (item === null) value[index] = ''
    return
  }
  if (!isJsonObject(value)) return
  const { properties, additionalProperties } = schema
  if (!properties) {
    if (typeof additionalProperties !== 'object') return
    // Among texts and quantities, null is the zero of its type.
    const zero = zeroOf(additionalProperties)
    for (const key in value)
      if (value[key] === null && zero !== undefined) value[key] = zero
      else if (isContainer(additionalProperties)) dropZeros(additionalProperties, value[key])
    return
  }
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (!field) continue
    if (isContainer(field)) dropZeros(field, value[key])
    // What Go writes as null where nobody set it, an empty list too, is left out (see `writeZeros`).
    const isWritten = schema.written?.[key] !== undefined && schema.written[key] !== null
    if (isZero(field, value[key]) && !schema.pointers?.has(key) && !isWritten) delete value[key]
  }
}

/** Adds in place what Go writes though nobody set it: struct fields, and plain fields without omitempty. */
export function writeZeros(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items && isContainer(schema.items)) for (const item of value) writeZeros(schema.items, item)
    return
  }
  if (!isJsonObject(value)) return
  const { properties, additionalProperties, written } = schema
  for (const key in written) {
    const zero = written[key]
    // Lists and maps that Go writes as null are left out: no reader has to tell null from nothing.
    if (zero !== null && value[key] === undefined) value[key] = isJsonObject(zero) ? {} : zero
  }
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined
  if (!properties && !(rest && isContainer(rest))) return
  for (const key in value) {
    const field = properties && Object.hasOwn(properties, key) ? properties[key] : rest
    if (field && isContainer(field)) writeZeros(field, value[key])
  }
}

const zeroOf = ({ type, format }: Schema): string | undefined =>
  format === 'quantity' ? '0' : type === 'string' ? '' : undefined

/** False for scalars, and for values that are anything. */
const isContainer = (schema: Schema): boolean =>
  schema.properties !== undefined ||
  schema.items !== undefined ||
  typeof schema.additionalProperties === 'object'

function isZero(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case 'array':
      return Array.isArray(value) && value.length === 0
    case 'object':
      return typeof schema.additionalProperties === 'object' && isEmpty(value)
    case 'string':
      return value === ''
    case 'integer':
    case 'number':
      return value === 0
    case 'boolean':
      return value === false
    default:
      return false
  }
}

function isEmpty(value: unknown): boolean {
  if (!isJsonObject(value)) return false
  for (const _ in value as Json) return false
  return true
}
