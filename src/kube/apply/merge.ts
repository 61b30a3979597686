import { copyJson, setOwn } from '../copy.ts'
import type { Json, Schema } from '../schema/schema.ts'
import { emptySet, type FieldSet, isEmptySet } from './field-set.ts'
import { elementOf, fieldSchema, isDeclared, itemsByElement, ownField, structureOf } from './structure.ts'

/** Lays an applied configuration over the live value; the result shares nothing with either. */
export function mergeApplied(schema: Schema | undefined, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return copyJson(live)
  // Null says nothing of what is made of parts: they stay.
  if (applied === null && live !== null && typeof live === 'object' && !isEmptyValue(live)) {
    if (structureOf(schema, live) !== 'leaf') return copyJson(live)
  }
  const structure = structureOf(schema, applied)
  if (live === undefined || structure === 'leaf' || structureOf(schema, live) !== structure)
    return copyJson(applied)
  if (structure === 'list') return mergeLists(schema as Schema, live as unknown[], applied as unknown[])
  const [left, right] = [live as Json, applied as Json]
  const result: Json = {}
  for (const key of Object.keys(left))
    setOwn(result, key, mergeApplied(fieldSchema(schema, key), left[key], ownField(right, key)))
  for (const key of Object.keys(right))
    if (ownField(left, key) === undefined) setOwn(result, key, copyJson(right[key]))
  return result
}

const isEmptyValue = (value: object): boolean => isEmptySet(value as FieldSet)

/**
 * Items of both lists once: the applied ones in their own order, the live ones where they were between them,
 * as structured-merge-diff orders them.
 */
function mergeLists(schema: Schema, live: unknown[], applied: unknown[]): unknown[] {
  const left = itemsByElement(schema, live)
  const right = itemsByElement(schema, applied)
  if (!left || !right) return copyJson(applied)
  const lefts = [...left.keys()]
  const rights = [...right.keys()]
  const shared = rights.filter(element => left.has(element))
  const result: unknown[] = []
  let nextShared = 0
  let l = 0
  let r = 0
  while (l < lefts.length || r < rights.length) {
    const element = lefts[l]
    if (element !== undefined && !right.has(element)) {
      result.push(copyJson(left.get(element)))
      l++
      continue
    }
    if (element !== undefined && element !== shared[nextShared]) {
      // Shared, but its turn comes (or came) in the applied order.
      l++
      continue
    }
    const own = rights[r]
    if (own === undefined) break
    result.push(mergeApplied(schema.items, left.get(own), right.get(own)))
    if (own === shared[nextShared]) nextShared++
    if (own === element) l++
    r++
  }
  return result
}

/**
 * Removes the members of a set from a value in place; returns whether nothing is left of it. What was emptied goes too,
 * unless it is a member of `kept`: an owner has said that it is there and empty.
 */
export function removeMembers(
  schema: Schema | undefined,
  value: unknown,
  { set, kept }: { set: FieldSet; kept: FieldSet },
): boolean {
  const structure = structureOf(schema, value)
  if (structure === 'leaf') return false
  const goes = (of: Schema | undefined, element: string, child: unknown): boolean => {
    const below = set[element]
    if (!below) return false
    if (isWhole(below)) return true
    const keptBelow = kept[element]
    const isEmptied = removeMembers(of, child, { set: below, kept: keptBelow ?? emptySet })
    return isEmptied && !(keptBelow && isWhole(keptBelow))
  }
  if (structure === 'map') {
    const object = value as Json
    for (const key of Object.keys(object))
      if (goes(fieldSchema(schema, key), `f:${key}`, object[key])) delete object[key]
    return isEmptySet(object as FieldSet)
  }
  const list = value as unknown[]
  // Only a list of a schema has another structure than a leaf.
  const { items } = schema as Schema
  const left = list.filter(item => !goes(items, elementOf(schema as Schema, item) ?? '', item))
  list.splice(0, list.length, ...left)
  return list.length === 0
}
const isWhole = (set: FieldSet): boolean => set['.'] !== undefined || isEmptySet(set)

/** The set with declared fields that have members below them as members too, so that emptied structs go with their last field. */
export function withNamedFields(schema: Schema | undefined, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const [element, child] of Object.entries(set)) {
    if (element === '.') {
      result[element] = child
      continue
    }
    const name = element.slice(2)
    const isField = element.startsWith('f:')
    const inner = withNamedFields(isField ? fieldSchema(schema, name) : schema?.items, child)
    const named = isField && isDeclared(schema, name) && !isEmptySet(inner)
    result[element] = named ? { '.': {}, ...inner } : inner
  }
  return result
}
