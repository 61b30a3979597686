import { childPath, type Json, type Schema } from './schema.ts'

const MAX_REPORTED = 100

/** `unknown field "spec.foo"` for every field that the schema does not know, for fieldValidation Strict and Warn. */
export function unknownFields(schema: Schema, object: unknown): string[] {
  const found: string[] = []
  walk(schema, object, '', found)
  return found
}

/** Removes in place what the schema does not know, and, in built-in types, fields that are null (absent in Go). */
export function prune(schema: Schema, object: unknown): void {
  walk(schema, object, '', undefined)
}

/** Reports into `found`, or removes where there is none. */
function walk(schema: Schema, value: unknown, path: string, found: string[] | undefined): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    if (items && isDeep(items))
      for (let i = 0; i < value.length; i++) {
        // A null item of a built-in list decodes to an empty struct.
        if (value[i] === null && !found && items.builtin && items.properties) value[i] = {}
        walk(items, value[i], found ? `${path}[${i}]` : '', found)
      }
    return
  }
  const object = value as Json
  const { properties, additionalProperties } = schema
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined
  for (const key of found && path === '' ? rootKeys(object) : Object.keys(object)) {
    const child = properties && Object.hasOwn(properties, key) ? properties[key] : rest
    if (!child) {
      if (preserves) continue
      if (!found) delete object[key]
      else if (found.length < MAX_REPORTED) found.push(`unknown field "${childPath(path, key)}"`)
    } else if (object[key] === null) {
      if (!found && schema.builtin && !rest) delete object[key]
    } else if (isDeep(child)) walk(child, object[key], found ? childPath(path, key) : '', found)
  }
}

/** A list that keeps unknown fields keeps those of its items. */
function itemsOf(schema: Schema): Schema | undefined {
  const { items } = schema
  const preserved = schema['x-kubernetes-preserve-unknown-fields'] === true
  return items && preserved ? { ...items, 'x-kubernetes-preserve-unknown-fields': true } : items
}

/** In the order of clients that read YAML, which sort; what was read here has its metadata moved to the front. */
const rootKeys = (object: Json): string[] => Object.keys(object).sort()

/** False where nothing below can be unknown, which is most nodes. */
const isDeep = (schema: Schema): boolean =>
  schema.properties !== undefined ||
  schema.items !== undefined ||
  typeof schema.additionalProperties === 'object' ||
  (schema.type === 'object' && schema['x-kubernetes-preserve-unknown-fields'] !== true)
