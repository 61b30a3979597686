import { isJsonObject, type Schema } from './schema.ts'

/** Fills in a CRD's structural defaults in place. Nulls that are not allowed count as absent, as upstream has it. */
export function applySchemaDefaults(schema: Schema, object: unknown): void {
  // Built-in types (metadata) have their defaults in code, and their schemas may be cyclic.
  if (schema.builtin) return
  if (Array.isArray(object)) {
    if (schema.items) for (const item of object) applySchemaDefaults(schema.items, item)
    return
  }
  if (!isJsonObject(object)) return
  const { properties, additionalProperties } = schema
  if (properties)
    for (const [key, child] of Object.entries(properties)) {
      if (object[key] === null && !child.nullable) delete object[key]
      if (object[key] === undefined && child.default !== undefined)
        object[key] = structuredClone(child.default)
      if (object[key] !== undefined) applySchemaDefaults(child, object[key])
    }
  if (typeof additionalProperties === 'object')
    for (const [key, value] of Object.entries(object))
      if (properties && Object.hasOwn(properties, key)) continue
      else if (value === null && !additionalProperties.nullable && additionalProperties.default === undefined)
        delete object[key]
      else applySchemaDefaults(additionalProperties, value)
}
