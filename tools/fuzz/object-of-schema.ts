import type { Json, Schema } from '../../src/kube/schema/schema.ts'
import type { Random } from './random.ts'

const names = ['a', 'b', 'c', 'd']

/** An object that fits a built-in schema, with few names so that two of them have much in common. */
export const objectOf = (schema: Schema, random: Random, depth = 7): Json =>
  fitting(schema, random, depth) as Json

function fitting(schema: Schema, random: Random, depth: number): unknown {
  if (schema.format === 'quantity') return random.pick(['1', '250m', '64Mi'])
  if (schema['x-kubernetes-int-or-string']) return random.pick(['http', 8080, '25%'])
  if (schema.format === 'date-time') return '2026-01-02T03:04:05Z'
  if (schema.format === 'byte') return 'AAEC'
  switch (schema.type) {
    case 'string':
      return random.pick(names)
    case 'integer':
      return 1 + random.below(4)
    case 'number':
      return 1.5
    case 'boolean':
      return true
    case 'array':
      return listOf(schema, random, depth)
    case 'object':
      return structOf(schema, random, depth)
    default:
      return undefined
  }
}

/** Keyed lists name each item once; so do sets. */
function listOf(schema: Schema, random: Random, depth: number): unknown[] {
  const { items } = schema
  if (!items || depth <= 0) return []
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  const list = random.list(3, () => {
    const item = fitting(items, random, depth - 1)
    if (items.type !== 'object' || !items.properties) return item
    // Every key is there, as defaulting sees to.
    const keyed = [...keys, ...(mergeKey ? [mergeKey] : [])].map(key => [
      key,
      fitting(items.properties?.[key] ?? {}, random, 0),
    ])
    return { ...(item as Json), ...Object.fromEntries(keyed) }
  })
  const isSet =
    schema['x-kubernetes-list-type'] === 'set' || schema['x-kubernetes-patch-strategy']?.includes('merge')
  if (keys.length === 0 && !mergeKey && !isSet) return list
  const identity = (item: unknown) =>
    (mergeKey ?? keys[0]) ? JSON.stringify((item as Json)[mergeKey ?? keys[0] ?? '']) : JSON.stringify(item)
  return list.filter((item, index) => list.findIndex(other => identity(other) === identity(item)) === index)
}

function structOf(schema: Schema, random: Random, depth: number): Json {
  const { properties, additionalProperties } = schema
  if (properties) {
    const chance = depth >= 6 ? 0.8 : Math.min(0.5, 4 / Object.keys(properties).length)
    const entries = depth <= 0 ? [] : random.some(Object.entries(properties), chance)
    return Object.fromEntries(
      entries
        .map(([key, child]) => [key, fitting(child, random, depth - 1)] as const)
        .filter(([, value]) => value !== undefined),
    )
  }
  if (typeof additionalProperties !== 'object') return {}
  return Object.fromEntries(
    random.list(3, () => [random.pick(names), fitting(additionalProperties, random, depth - 1)]),
  )
}
