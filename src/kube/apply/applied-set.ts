import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { ownableMetadata } from './compare.ts'
import { type FieldSet, isEmptySet, leaf, node } from './field-set.ts'
import { elementOf, fieldSchema, isDeclared, structureOf } from './structure.ts'

/** An applied configuration that does not fit the kind's schema. */
export class TypedPatchError extends Error {
  override name = 'TypedPatchError'
}

/**
 * The fields that an applied configuration claims. Throws TypedPatchError for fields that the schema does
 * not declare, list items without their key, and keys that occur twice.
 */
export function appliedSet(schema: Schema | undefined, config: Json, reset: readonly string[]): FieldSet {
  const owned: Json = {}
  for (const [key, value] of Object.entries(config)) {
    if (key === 'apiVersion' || key === 'kind' || reset.includes(key)) continue
    owned[key] = key === 'metadata' ? ownableMetadata(value) : value
  }
  const set = ofMap(schema, owned, '')
  return set['f:metadata'] !== undefined && isEmptySet(set['f:metadata']) ? omit(set, 'f:metadata') : set
}

const omit = (set: FieldSet, key: string): FieldSet => {
  const { [key]: _, ...rest } = set
  return rest
}

function ofMap(schema: Schema | undefined, object: Json, path: string): Record<string, FieldSet> {
  const children: Record<string, FieldSet> = {}
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue
    const declared = isDeclared(schema, key)
    const field = fieldSchema(schema, key)
    if (!field && schema && isClosed(schema))
      throw new TypedPatchError(`${path}.${key}: field not declared in schema`)
    const isEmpty = value === null || (isJsonObject(value) && isEmptySet(value as FieldSet))
    const inner = ofValue(field, value, `${path}.${key}`)
    const child = inner === leaf ? leaf : node(isEmpty || !declared, inner)
    if (child) children[`f:${key}`] = child
  }
  return children
}

const isClosed = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] !== true &&
  schema.additionalProperties !== true &&
  (schema.properties !== undefined || schema.type === 'object')

/** `leaf` for what is owned as one piece, otherwise the children. */
function ofValue(schema: Schema | undefined, value: unknown, path: string): Record<string, FieldSet> {
  const structure = structureOf(schema, value)
  if (structure === 'leaf') return leaf
  if (structure === 'map') return ofMap(schema, value as Json, path)
  const children: Record<string, FieldSet> = {}
  const list = schema as Schema
  for (const [index, item] of (value as unknown[]).entries()) {
    const element = elementOf(list, item)
    if (element === undefined)
      throw new TypedPatchError(
        `${path}: element ${index}: associative list with keys has an element that omits key field ${missingKey(list, item)} (and doesn't have default value)`,
      )
    if (children[element]) throw new TypedPatchError(`${path}: duplicate entries for key ${element.slice(2)}`)
    const inner = ofValue(list.items, item, `${path}[${element.slice(2)}]`)
    children[element] = node(true, inner) ?? leaf
  }
  return children
}

const missingKey = (list: Schema, item: unknown): string =>
  JSON.stringify(
    list['x-kubernetes-list-map-keys']?.find(key => !isJsonObject(item) || item[key] === undefined) ?? '',
  )
