import { copyJson, equalJson } from '../copy.ts'
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { apiError, unclassified } from '../status.ts'
import { appliedSet, TypedPatchError } from './applied-set.ts'
import { compareObjects } from './compare.ts'
import { applyConflict, type Conflict } from './conflicts.ts'
import {
  leaf,
  difference,
  emptySet,
  equalSets,
  type FieldSet,
  intersection,
  isEmptySet,
  union,
} from './field-set.ts'
import { lastAppliedAnnotation, lastAppliedText, ownedByClientSideApply } from './last-applied.ts'
import { type Owner, ownerKey, readOwners, writeOwners } from './managers.ts'
import { mergeApplied, removeMembers, withNamedFields } from './merge.ts'
import { asObject } from './structure.ts'
import { typedProblems } from './typed-problems.ts'

export interface ServerSideApply {
  /** The stored object; undefined creates it. */
  live: object | undefined
  /** The configuration sent; not changed. */
  applied: object
  manager: string
  /** Takes fields from other managers instead of failing. */
  force: boolean
  schema: Schema | undefined
  apiVersion: string
  time: string
  subresource?: string | undefined
  /** Top-level fields that this apply neither owns nor changes, e.g. `status`. */
  reset?: readonly string[] | undefined
}

/**
 * Server-side apply as structured-merge-diff defines it: merges, removes what this manager applied before and
 * dropped since, and moves ownership. Throws ApiError: Conflict with a cause per field, or BadRequest.
 * Where nothing changes, the result equals the live object with its managedFields.
 */
export function applyServerSide(apply: ServerSideApply): { object: Json } {
  const { schema, reset = [] } = apply
  const live = apply.live as Json | undefined
  const config = copyJson(apply.applied as Json)
  if (Array.isArray(asObject(config['metadata'])['managedFields']))
    throw apiError('BadRequest', 'metadata.managedFields must be nil')
  for (const key of reset) delete config[key]

  const owners = liveOwners(apply)
  const identity = identityOf(apply)
  const self = ownerKey(identity)
  const before = owners.get(self)
  const previous = before?.fields ?? emptySet
  const fields = claimedFields(apply, config)

  const object = mergeApplied(schema, live ?? {}, config) as Json
  const metadata = asObject(object['metadata'])
  delete metadata['managedFields']
  owners.set(self, { ...identity, fields })
  dropForgotten(schema, object, previous, owners)

  transferOwnership(apply, object, owners, self)
  if (apply.manager === 'kubectl' && live && lastAppliedText(live) !== undefined)
    asObject(metadata['annotations'])[lastAppliedAnnotation] = sortedText(config)
  if (live && equalSets(fields, previous) && isUnchanged(live, object)) {
    const unchanged = copyJson(live)
    return { object: unchanged }
  }
  // As upstream: an apply that only shares fields says nothing new, so it has no time of its own.
  if (live && isUnchanged(live, object)) owners.set(self, { ...identity, fields, time: before?.time })
  metadata['managedFields'] = writeOwners(owners)
  return { object }
}

const identityOf = ({ manager, apiVersion, subresource, time }: ServerSideApply): Omit<Owner, 'fields'> => ({
  manager,
  operation: 'Apply',
  apiVersion,
  subresource: subresource ?? '',
  time,
  entry: undefined,
})

/** The live object's owners; what existed untracked belongs to `before-first-apply`. */
function liveOwners({ live, schema, apiVersion, reset = [] }: ServerSideApply): Map<string, Owner> {
  if (!live) return new Map()
  const entries = asObject((live as Json)['metadata'])['managedFields'] as ManagedFieldsEntry[] | undefined
  const owners = readOwners(entries) ?? new Map<string, Owner>()
  if (owners.size > 0) return owners
  const { added } = compareObjects(schema, {}, live as Json, reset)
  const before: Owner = {
    manager: 'before-first-apply',
    operation: 'Update',
    apiVersion,
    subresource: '',
    time: undefined,
    fields: added,
    entry: undefined,
  }
  return new Map([[ownerKey(before), before]])
}

function claimedFields(apply: ServerSideApply, config: Json): FieldSet {
  try {
    return appliedSet(apply.schema, config, apply.reset ?? [])
  } catch (error) {
    if (!(error instanceof TypedPatchError)) throw error
    const { namespace = '', name = '' } = asObject(config['metadata']) as {
      namespace?: string
      name?: string
    }
    const version = apply.apiVersion.includes('/') ? apply.apiVersion : `/${apply.apiVersion}`
    const id = `${namespace}/${name}; ${version}, Kind=${String(config['kind'])}`
    const problems = typedProblems(apply.schema, config)
    const list = problems.length === 1 ? problems[0] : ['errors:', ...problems].join('\n  ')
    throw unclassified(`failed to create typed patch object (${id}): ${list}`, error)
  }
}

/** As Go writes a map: keys in order. */
const sortedText = (value: unknown): string => `${JSON.stringify(sorted(value))}\n`

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}

/** Removes what only this manager owned, and no longer applies. */
function dropForgotten(
  schema: Schema | undefined,
  object: Json,
  previous: FieldSet,
  owners: ReadonlyMap<string, Owner>,
): void {
  if (isEmptySet(previous)) return
  // Metadata has what nobody owns, and stays when the last of its owned fields goes.
  let kept: FieldSet = { 'f:metadata': leaf }
  for (const owner of owners.values()) kept = union(kept, owner.fields)
  const forgotten = difference(withNamedFields(schema, previous), withNamedFields(schema, kept))
  if (!isEmptySet(forgotten)) removeMembers(schema, object, { set: forgotten, kept })
}

/** Takes changed fields from their other owners, or refuses with the conflicts. */
function transferOwnership(
  apply: ServerSideApply,
  object: Json,
  owners: Map<string, Owner>,
  self: string,
): void {
  const { live, schema, reset = [] } = apply
  const changes = compareObjects(schema, asObject(live), object, reset)
  const written = union(changes.modified, changes.added)
  const conflicts: Conflict[] = []
  for (const [key, owner] of owners) {
    if (key === self) continue
    const fields = intersection(owner.fields, written)
    if (!isEmptySet(fields)) conflicts.push({ owner, fields })
  }
  if (conflicts.length > 0 && !apply.force) refuseUnlessMigrating(apply, conflicts)
  for (const [key, owner] of owners) {
    if (key === self) continue
    const fields = difference(difference(owner.fields, written), changes.removed)
    if (fields !== owner.fields) owners.set(key, { ...owner, fields, entry: undefined })
  }
}

/** `kubectl apply --server-side` may take over what `kubectl apply` set and nobody changed since. */
function refuseUnlessMigrating(apply: ServerSideApply, conflicts: readonly Conflict[]): void {
  const allowed =
    apply.manager === 'kubectl' && apply.live
      ? ownedByClientSideApply(apply.schema, apply.live as Json)
      : emptySet
  const left = conflicts
    .map(({ owner, fields }) => ({ owner, fields: difference(fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields))
  if (left.length > 0) throw applyConflict(left)
}

function isUnchanged(live: Json, object: Json): boolean {
  const { managedFields: _, ...metadata } = asObject(live['metadata'])
  return equalJson({ ...live, metadata }, object) && isJsonObject(live['metadata'])
}
