import { copyJson, equalJson } from '../copy.ts'
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { sortedJson } from '../sorted-json.ts'
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
import { changesByVersion, type OtherVersions } from './versions.ts'

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
  /** Where owners may speak other versions of the kind. */
  versions?: OtherVersions | undefined
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
  for (const key of reset) if (key !== 'metadata') delete config[key]

  const owners = liveOwners(apply)
  const identity = identityOf(apply)
  const self = ownerKey(identity)
  const before = owners.get(self)
  const previous = before?.fields ?? emptySet
  const fields = claimedFields(apply, config)

  let object = mergeApplied(schema, live ?? {}, config) as Json
  delete asObject(object['metadata'])['managedFields']
  owners.set(self, { ...identity, fields })
  if (before) object = withoutForgotten(apply, object, before, owners)
  const metadata = asObject(object['metadata'])

  transferOwnership(apply, object, owners, self)
  const changesNothing = live !== undefined && isUnchanged(live, object)
  if (apply.manager === 'kubectl' && live && lastAppliedText(live) !== undefined)
    asObject(metadata['annotations'])[lastAppliedAnnotation] = `${sortedJson(config)}\n`
  if (live && equalSets(fields, previous) && isUnchanged(live, object)) {
    const unchanged = copyJson(live)
    return { object: unchanged }
  }
  // As upstream: an apply that only shares fields says nothing new, so it has no time of its own.
  if (changesNothing) owners.set(self, { ...identity, fields, time: before?.time })
  const entries = writeOwners(owners)
  if (entries.length > 0) metadata['managedFields'] = entries
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
function liveOwners(apply: ServerSideApply): Map<string, Owner> {
  const { live, schema, apiVersion, time, subresource = '', reset = [] } = apply
  if (!live) return new Map()
  const entries = asObject((live as Json)['metadata'])['managedFields'] as ManagedFieldsEntry[] | undefined
  const owners = readOwners(entries) ?? new Map<string, Owner>()
  if (owners.size > 0) return owners
  const { added } = compareObjects(schema, {}, live as Json, reset)
  const before: Owner = {
    manager: 'before-first-apply',
    operation: 'Update',
    apiVersion,
    subresource,
    time,
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

/** The object without what only this manager owned and no longer applies, in the version of which that was owned. */
function withoutForgotten(
  { schema, apiVersion, versions }: ServerSideApply,
  object: Json,
  { fields, apiVersion: previousVersion }: Owner,
  owners: ReadonlyMap<string, Owner>,
): Json {
  const view = previousVersion === apiVersion ? undefined : versions?.(previousVersion)
  const own = view && versions?.(apiVersion)
  if (!view || !own) {
    dropForgotten(schema, object, fields, owners)
    return object
  }
  const converted = copyJson(asObject(view.convert(object)))
  dropForgotten(view.schema, converted, fields, owners)
  return copyJson(asObject(own.convert(converted)))
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
  const { reset = [] } = apply
  const changesFor = changesByVersion({ ...apply, updated: object, reset })
  const conflicts: Conflict[] = []
  const left = new Map<string, FieldSet | undefined>()
  for (const [key, owner] of owners) {
    if (key === self) continue
    const changes = changesFor(owner)
    if (!changes) {
      left.set(key, undefined)
      continue
    }
    const fields = intersection(owner.fields, union(changes.modified, changes.added))
    if (!isEmptySet(fields)) conflicts.push({ owner, fields })
    left.set(key, difference(difference(owner.fields, fields), changes.removed))
  }
  if (conflicts.length > 0 && !apply.force) refuseUnlessMigrating(apply, conflicts)
  for (const [key, owner] of owners) {
    if (!left.has(key)) continue
    const fields = left.get(key)
    if (!fields) owners.delete(key)
    else if (fields !== owner.fields) owners.set(key, { ...owner, fields, entry: undefined })
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
