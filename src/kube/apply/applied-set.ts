import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { ownableMetadata } from './compare.ts'
import { type FieldSet, isEmptySet, leaf, node } from './field-set.ts'
import { elementOf, fieldSchema, isClosed, isDeclared, structureOf } from './structure.ts'
import { isMisfit } from './typed-problems.ts'

/** An applied configuration that does not fit the kind's schema; `typedProblems` says how. */
export class TypedPatchError extends Error {
  override name = 'TypedPatchError'
}

/**
 * The fields that an applied configuration claims. Throws TypedPatchError for fields that the schema does
 * not declare, values of other types, list items without their key, and keys that occur twice.
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
    if (!field && schema && isClosed(schema)) throw new TypedPatchError(`${path}.${key}`)
    const isEmpty = value === null || (isJsonObject(value) && isEmptySet(value as FieldSet))
    const inner = ofValue(field, value, `${path}.${key}`)
    const child = inner === leaf ? leaf : node(isEmpty || !declared, inner)
    if (child) children[`f:${key}`] = child
  }
  return children
}

/** `leaf` for what is owned as one piece, otherwise the children. */
function ofValue(schema: Schema | undefined, value: unknown, path: string): Record<string, FieldSet> {
  const structure = structureOf(schema, value)
  if (schema && isMisfit(schema, value)) throw new TypedPatchError(path)
  if (structure === 'leaf') return leaf
  if (structure === 'map') return ofMap(schema, value as Json, path)
  const children: Record<string, FieldSet> = {}
  const list = schema as Schema
  for (const [index, item] of (value as unknown[]).entries()) {
    const element = elementOf(list, item)
    if (element === undefined) throw new TypedPatchError(`${path}[${index}]`)
    if (children[element]) throw new TypedPatchError(`${path}[${index}]`)
    const inner = ofValue(list.items, item, `${path}[${element.slice(2)}]`)
    children[element] = node(true, inner) ?? leaf
  }
  return children
}
