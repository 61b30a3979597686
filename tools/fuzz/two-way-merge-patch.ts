import { equalJson } from '../../src/kube/copy.ts'
import { isJsonObject, type Json, type Schema } from '../../src/kube/schema/schema.ts'

/** The strategic merge patch that kubectl computes from an object and what it shall become. */
export function twoWayMergePatch(from: Json, to: Json, schema: Schema | undefined): Json {
  const patch: Json = {}
  for (const [key, value] of Object.entries(to)) {
    const field = fieldOf(schema, key)
    if (!Object.hasOwn(from, key)) patch[key] = value
    else if (!equalJson(from[key], value)) writeChange(patch, key, { from: from[key], to: value, field })
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null
  return patch
}

interface Change {
  from: unknown
  to: unknown
  field: Schema | undefined
}

function writeChange(patch: Json, key: string, { from, to, field }: Change): void {
  const strategies = field?.['x-kubernetes-patch-strategy']?.split(',') ?? []
  if (isJsonObject(from) && isJsonObject(to)) {
    if (strategies.includes('replace')) patch[key] = { ...to, $patch: 'replace' }
    else
      patch[key] = {
        ...twoWayMergePatch(from, to, field),
        ...(strategies.includes('retainKeys') ? { $retainKeys: Object.keys(to) } : {}),
      }
  } else if (Array.isArray(from) && Array.isArray(to) && strategies.includes('merge')) {
    const mergeKey = field?.['x-kubernetes-patch-merge-key']
    if (mergeKey) writeObjects(patch, key, { from, to, mergeKey, field })
    else writeScalars(patch, key, { from, to })
  } else patch[key] = to
}

function writeScalars(patch: Json, key: string, { from, to }: { from: unknown[]; to: unknown[] }): void {
  const gone = from.filter(item => !to.includes(item))
  const fresh = to.filter(item => !from.includes(item))
  if (gone.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = gone
  if (fresh.length > 0) patch[key] = fresh
  patch[`$setElementOrder/${key}`] = to
}

interface Lists {
  from: Json[]
  to: Json[]
  mergeKey: string
  field: Schema | undefined
}

function writeObjects(patch: Json, key: string, { from, to, mergeKey, field }: Lists): void {
  const named = (list: Json[], item: Json) => list.find(other => equalJson(other[mergeKey], item[mergeKey]))
  const retains = field?.['x-kubernetes-patch-strategy']?.includes('retainKeys')
  const changes: Json[] = []
  for (const item of to) {
    const known = named(from, item)
    if (!known) changes.push(item)
    else if (!equalJson(known, item))
      changes.push({
        ...twoWayMergePatch(known, item, field?.items),
        [mergeKey]: item[mergeKey],
        ...(retains ? { $retainKeys: Object.keys(item) } : {}),
      })
  }
  for (const item of from)
    if (!named(to, item)) changes.push({ [mergeKey]: item[mergeKey], $patch: 'delete' })
  if (changes.length > 0) patch[key] = changes
  patch[`$setElementOrder/${key}`] = to.map(item => ({ [mergeKey]: item[mergeKey] }))
}

function fieldOf(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {}
  if (properties && Object.hasOwn(properties, key)) return properties[key]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}
