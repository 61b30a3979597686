import { equalJson } from '../copy.ts'
import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { type FieldSet, isEmptySet, leaf } from './field-set.ts'
import { fieldSchema, itemsByElement, ownField, structureOf } from './structure.ts'

/** What differs between two values, as sets relative to them. */
export interface Comparison {
  added: FieldSet
  modified: FieldSet
  removed: FieldSet
}

type Sets = { -readonly [K in keyof Comparison]: Record<string, FieldSet> }

/** Metadata that nobody owns. */
const unowned = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
])

export const ownableMetadata = (metadata: unknown): Json => {
  const result: Json = {}
  if (isJsonObject(metadata)) for (const key in metadata) if (!unowned.has(key)) result[key] = metadata[key]
  return result
}

/** Compares two objects of a kind, without what identifies them and without the top-level fields in `reset`. */
export function compareObjects(
  schema: Schema | undefined,
  before: Json,
  after: Json,
  reset: readonly string[],
): Comparison {
  const sets: Sets = { added: {}, modified: {}, removed: {} }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (key === 'apiVersion' || key === 'kind' || reset.includes(key)) continue
    const field = fieldSchema(schema, key)
    if (key === 'metadata') {
      const inner: Sets = { added: {}, modified: {}, removed: {} }
      compareMaps(field, ownableMetadata(before[key]), ownableMetadata(after[key]), inner)
      for (const name of ['added', 'modified', 'removed'] as const)
        if (!isEmptySet(inner[name])) sets[name]['f:metadata'] = inner[name]
    } else compareField({ parent: schema, key, before, after }, sets)
  }
  return sets
}

export const isSame = ({ added, modified, removed }: Comparison): boolean =>
  isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed)

/** Puts the differences under `element` of the parent's sets. */
function compareValues(
  schema: Schema | undefined,
  before: unknown,
  after: unknown,
  element: string,
  parent: Sets,
): void {
  if (before === after) return
  if (before === undefined) {
    parent.added[element] = presence(schema, after)
    return
  }
  if (after === undefined) {
    parent.removed[element] = presence(schema, before)
    return
  }
  const structure = structureOf(schema, after)
  if (structure === 'leaf' || structureOf(schema, before) !== structure) {
    if (!equalJson(before, after)) parent.modified[element] = leaf
    return
  }
  const sets: Sets = { added: {}, modified: {}, removed: {} }
  if (structure === 'map') compareMaps(schema, before as Json, after as Json, sets)
  else if (!compareLists(schema as Schema, before as unknown[], after as unknown[], sets)) {
    if (!equalJson(before, after)) parent.modified[element] = leaf
    return
  }
  for (const name of ['added', 'modified', 'removed'] as const)
    if (!isEmptySet(sets[name])) parent[name][element] = sets[name]
}

function compareMaps(schema: Schema | undefined, before: Json, after: Json, sets: Sets): void {
  for (const key in after) compareField({ parent: schema, key, before, after }, sets)
  for (const key in before)
    if (ownField(after, key) === undefined) compareField({ parent: schema, key, before, after }, sets)
}

interface Field {
  parent: Schema | undefined
  key: string
  before: Json
  after: Json
}

/** Fields that Go always writes are always there for upstream: they change, but neither appear nor go. */
function compareField({ parent, key, before, after }: Field, sets: Sets): void {
  const field = fieldSchema(parent, key)
  const [left, right] = [ownField(before, key), ownField(after, key)]
  const zero = parent?.written?.[key]
  if (zero === undefined || (left !== undefined && right !== undefined)) {
    compareValues(field, left, right, `f:${key}`, sets)
    return
  }
  const other = left ?? right
  const empty = zero ?? (Array.isArray(other) ? [] : isJsonObject(other) ? {} : undefined)
  compareValues(field, left ?? empty, right ?? empty, `f:${key}`, sets)
}

/** False where items cannot be told apart: the list then counts as one piece. */
function compareLists(schema: Schema, before: unknown[], after: unknown[], sets: Sets): boolean {
  const left = itemsByElement(schema, before)
  const right = itemsByElement(schema, after)
  if (!left || !right) return false
  for (const [element, item] of right) compareValues(schema.items, left.get(element), item, element, sets)
  for (const [element, item] of left)
    if (!right.has(element)) compareValues(schema.items, item, undefined, element, sets)
  return true
}

/** The set of everything in a value that appears or goes, containers included. */
function presence(schema: Schema | undefined, value: unknown): FieldSet {
  const structure = structureOf(schema, value)
  if (structure === 'leaf') return leaf
  const children: Record<string, FieldSet> = {}
  if (structure === 'map') {
    const object = value as Json
    for (const key in object)
      if (object[key] !== undefined) children[`f:${key}`] = presence(fieldSchema(schema, key), object[key])
    // What Go writes whoever set it came with it.
    for (const key in schema?.written)
      if (object[key] === undefined && schema.written[key] !== null) children[`f:${key}`] = leaf
  } else {
    const items = itemsByElement(schema as Schema, value as unknown[])
    if (!items) return leaf
    for (const [key, item] of items) children[key] = presence((schema as Schema).items, item)
  }
  return isEmptySet(children) ? leaf : { '.': leaf, ...children }
}
