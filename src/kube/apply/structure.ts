import { listMapKey } from '../schema/list-map-key.ts'
import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'

/** How a value is owned and merged: as one piece, or field by field, or item by item. */
export type Structure = 'leaf' | 'map' | 'list'

/**
 * The structure of a value: what its schema says, deduced from the value where the schema does not say
 * (objects field by field, lists as one piece, as structured-merge-diff does for untyped data).
 */
export function structureOf(schema: Schema | undefined, value: unknown): Structure {
  if (Array.isArray(value)) {
    const listType = schema?.['x-kubernetes-list-type']
    return listType === 'map' || listType === 'set' ? 'list' : 'leaf'
  }
  if (!isJsonObject(value)) return 'leaf'
  return schema?.['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'map'
}

/** Never what a key such as `__proto__` or `constructor` inherits. */
export const ownField = (object: Json, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** The schema of a field, and whether the type declares it by name. */
export function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {}
  if (properties && Object.hasOwn(properties, key)) return properties[key]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}
export const isDeclared = (schema: Schema | undefined, key: string): boolean =>
  schema?.properties !== undefined && Object.hasOwn(schema.properties, key)

/** Whether fields that the schema does not declare are refused. */
export const isClosed = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] !== true &&
  schema.additionalProperties !== true &&
  (schema.properties !== undefined || schema.type === 'object')

const sortedKeys = new WeakMap<Schema, readonly string[]>()

/** `k:{…}` or `v:…` for an item, or undefined where a key is missing. */
export function elementOf(schema: Schema, item: unknown): string | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return `v:${JSON.stringify(item)}`
  if (!isJsonObject(item)) return undefined
  let names = sortedKeys.get(schema)
  if (!names) {
    names = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort()
    sortedKeys.set(schema, names)
  }
  const key = listMapKey(schema, names, item)
  let count = 0
  for (const _ in key) count++
  return count === names.length && count > 0 ? `k:${JSON.stringify(key)}` : undefined
}

/** Items by path element in order, or undefined where an item has no key or two have the same one. */
export function itemsByElement(schema: Schema, list: readonly unknown[]): Map<string, unknown> | undefined {
  const items = new Map<string, unknown>()
  for (const item of list) {
    const element = elementOf(schema, item)
    if (element === undefined || items.has(element)) return undefined
    items.set(element, item)
  }
  return items
}

export const asObject = (value: unknown): Json => (isJsonObject(value) ? value : {})

/** The key of an associative list that an item leaves out, quoted. */
export const missingKey = (list: Schema, item: unknown): string =>
  JSON.stringify(
    list['x-kubernetes-list-map-keys']?.find(key => !isJsonObject(item) || item[key] === undefined) ?? '',
  )
