import { copyJson, equalJson } from '../copy.ts'
import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { goString } from '../schema/restore.ts'
import { type ApiError, apiError, unclassified } from '../status.ts'
import { goKind } from './go-kind.ts'
import { identity, identityText, orderElements, placesOf } from './element-order.ts'

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM = '$deleteFromPrimitiveList/'
const SET_ORDER = '$setElementOrder/'

/**
 * Applies a strategic merge patch to a copy of the document. Lists merge by the key that the schema names,
 * with the directives $patch (replace, delete, merge), $retainKeys, $deleteFromPrimitiveList/ and
 * $setElementOrder/ of Kubernetes; without a schema lists are replaced.
 */
export function applyStrategicMergePatch(
  document: unknown,
  patch: unknown,
  schema: Schema | undefined,
): Json {
  if (!isJsonObject(patch))
    throw apiError(
      'BadRequest',
      `json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`,
    )
  const base = isJsonObject(document) ? copyJson(document) : {}
  return mergeObject(base, copyJson(patch), schema)
}

const bad = (why: string): ApiError => apiError('BadRequest', `invalid strategic merge patch: ${why}`)

/** Upstream answers what its library could not do with a message and no reason. */
const failed = (why: string): ApiError => unclassified(why, undefined)

function unknownDirective(patch: Json): ApiError {
  const directive = patch[DIRECTIVE]
  const shown = typeof directive === 'string' ? directive : `%!s(${goType(directive)}=${goString(directive)})`
  return failed(`unknown patch type: ${shown} in map: ${goString(patch)}`)
}

const goType = (value: unknown): string =>
  typeof value === 'number'
    ? Number.isInteger(value)
      ? 'int64'
      : 'float64'
    : typeof value === 'boolean'
      ? 'bool'
      : goKind(value)

/** Both arguments are taken over. */
function mergeObject(base: Json, patch: Json, schema: Schema | undefined): Json {
  const directive = patch[DIRECTIVE]
  delete patch[DIRECTIVE]
  if (directive === 'replace') return patch
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge')
    throw unknownDirective({ ...patch, [DIRECTIVE]: directive })
  retainKeys(base, patch)
  for (const key of Object.keys(patch)) if (key.startsWith(SET_ORDER)) mergeOrdered(base, patch, key, schema)
  for (const [key, value] of Object.entries(patch)) {
    // Reading this key of an object gives its prototype, which must not be merged into.
    if (key === '__proto__') continue
    if (key.startsWith(DELETE_FROM)) deleteFromList(base, key.slice(DELETE_FROM.length), value)
    else if (value === null) delete base[key]
    else base[key] = mergeField(base[key], value, fieldOf(schema, key))
  }
  return base
}

function mergeField(current: unknown, value: unknown, schema: Schema | undefined): unknown {
  const strategies = schema?.['x-kubernetes-patch-strategy']?.split(',') ?? []
  if (isJsonObject(current) && isJsonObject(value))
    return strategies.includes('replace') ? clean(value) : mergeObject(current, value, schema)
  if (Array.isArray(value) && strategies.includes('merge'))
    return mergeList(Array.isArray(current) ? current : [], value, schema)
  return clean(value)
}

function fieldOf(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {}
  if (properties && Object.hasOwn(properties, key)) return properties[key]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** A new value without directives and nulls, which mean nothing where there is nothing to change. */
function clean(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter(item => !isJsonObject(item) || item[DIRECTIVE] !== 'delete').map(clean)
  if (!isJsonObject(value)) return value
  if (value[DIRECTIVE] === 'delete') return {}
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => child !== null && !isDirective(key))
      .map(([key, child]) => [key, clean(child)]),
  )
}
const isDirective = (key: string): boolean =>
  key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(SET_ORDER)

/** Keeps only the named keys of a union, e.g. when a volume changes from emptyDir to configMap. */
function retainKeys(base: Json, patch: Json): void {
  if (!(RETAIN_KEYS in patch)) return
  const names = patch[RETAIN_KEYS]
  delete patch[RETAIN_KEYS]
  const isListed = ([key, value]: [string, unknown]) =>
    value === null || isDirective(key) || (Array.isArray(names) && names.includes(key))
  if (!Array.isArray(names) || !Object.entries(patch).every(isListed))
    throw apiError('BadRequest', 'invalid patch format of retainKeys')
  for (const key of Object.keys(base)) if (!names.includes(key)) delete base[key]
}

function deleteFromList(base: Json, key: string, items: unknown): void {
  if (!Array.isArray(items)) throw bad(`${DELETE_FROM}${key} must be a list`)
  const current = base[key]
  const gone = placesOf(items, undefined)
  if (Array.isArray(current)) base[key] = current.filter(item => !gone.has(identityText(item, undefined)))
}

/** Merges the list that a $setElementOrder/ directive names, and orders it; takes both out of the patch. */
function mergeOrdered(base: Json, patch: Json, directive: string, schema: Schema | undefined): void {
  const key = directive.slice(SET_ORDER.length)
  const wanted = patch[directive]
  const changes = patch[key]
  delete patch[directive]
  if (!Array.isArray(wanted)) throw bad(`${directive} must be a list`)
  if (changes === null) return
  delete patch[key]
  if (changes !== undefined && !Array.isArray(changes)) throw bad(`"${key}" must be a list`)
  const field = fieldOf(schema, key)
  const mergeKey = mergeKeyOf(field, wanted)
  checkOrder(wanted, changes ?? [], mergeKey)
  const current = Array.isArray(base[key]) ? (base[key] as unknown[]) : undefined
  if (!current && changes === undefined) return
  const deletions = patch[DELETE_FROM + key]
  if (deletions !== undefined) {
    deleteFromList(base, key, deletions)
    delete patch[DELETE_FROM + key]
  }
  const left = Array.isArray(base[key]) ? (base[key] as unknown[]) : []
  const merged = changes ? mergeList(left, changes, field) : left
  base[key] = orderElements(merged, { wanted, server: current ?? [], mergeKey })
}

/** The patch's items must stand in the order of the directive. */
function checkOrder(wanted: unknown[], changes: unknown[], mergeKey: string | undefined): void {
  let at = 0
  for (const item of changes) {
    if (isJsonObject(item) && item[DIRECTIVE] !== undefined) continue
    const id = identity(item, mergeKey)
    while (at < wanted.length && !equalJson(identity(wanted[at], mergeKey), id)) at++
    if (at++ >= wanted.length)
      throw failed(
        `The order in patch list:\n${goString(changes)}\n doesn't match $setElementOrder list:\n${goString(wanted)}\n`,
      )
  }
}

function mergeKeyOf(schema: Schema | undefined, items: readonly unknown[]): string | undefined {
  return items.some(isJsonObject) ? schema?.['x-kubernetes-patch-merge-key'] : undefined
}

function mergeList(current: unknown[], changes: unknown[], schema: Schema | undefined): unknown[] {
  if (!changes.some(isJsonObject) && !current.some(isJsonObject)) {
    const known = placesOf(current, undefined)
    const merged = [
      ...current,
      ...[...placesOf(changes, undefined)].flatMap(([id, at]) => (known.has(id) ? [] : [changes[at]])),
    ]
    return orderElements(merged, { wanted: changes, server: current, mergeKey: undefined })
  }
  const mergeKey = schema?.['x-kubernetes-patch-merge-key']
  if (mergeKey === undefined) throw bad('a list of objects without a merge key cannot be merged')
  const objects = changes.map(item => {
    if (!isJsonObject(item))
      throw bad(`lists of objects and of scalars cannot be merged (merge key ${mergeKey})`)
    return item
  })
  const plain = objects.filter(item => item[DIRECTIVE] === undefined || item[DIRECTIVE] === 'merge')
  if (objects.some(item => item[DIRECTIVE] === 'replace')) return plain.map(clean)
  const deleted = new Set<string>()
  for (const item of objects) {
    if (item[DIRECTIVE] === undefined || item[DIRECTIVE] === 'merge') continue
    if (item[DIRECTIVE] !== 'delete') throw unknownDirective(item)
    deleted.add(keyText(item, mergeKey))
  }
  const merged = current.filter(other => !deleted.has(identityText(other, mergeKey)))
  const places = placesOf(merged, mergeKey)
  for (const item of plain) {
    const id = keyText(item, mergeKey)
    const at = places.get(id) ?? merged.length
    const known = merged[at]
    places.set(id, at)
    merged[at] = isJsonObject(known) ? mergeObject(known, item, schema?.items) : clean(item)
  }
  return orderElements(merged, { wanted: plain, server: current, mergeKey })
}

function keyText(item: Json, mergeKey: string): string {
  if (item[mergeKey] === undefined)
    throw failed(`map: ${goString(item)} does not contain declared merge key: ${mergeKey}`)
  return identityText(item, mergeKey)
}
