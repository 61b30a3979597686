import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import type { Json, Schema } from '../schema/schema.ts'
import { type Comparison, compareObjects, isSame } from './compare.ts'
import { difference, emptySet, union } from './field-set.ts'
import { type Owner, ownerKey, readOwners, writeOwners } from './managers.ts'
import { asObject } from './structure.ts'

export interface UpdateTracking {
  /** The stored object, undefined on create. */
  live: object | undefined
  /** The object about to be stored, a private copy: its managedFields are set in place. */
  updated: object
  manager: string
  operation: 'Update'
  schema: Schema | undefined
  /** The version the writer spoke. */
  apiVersion: string
  time: string
  subresource?: string | undefined
  /** Top-level fields that the write cannot change, e.g. `status` in a write of the object itself. */
  reset?: readonly string[] | undefined
}

/** Recomputes managedFields for a create, update or patch: who changed a field owns it. */
export function trackUpdate(tracking: UpdateTracking): void {
  const { live, updated, schema, reset = [] } = tracking
  const metadata = asObject((updated as Json)['metadata'])
  const owners = startingOwners(tracking, metadata)
  // Emptied by the writer, or never tracked (only an apply starts tracking what exists).
  if (!owners || (live && owners.size === 0)) {
    delete metadata['managedFields']
    return
  }
  const changes = compareObjects(schema, asObject(live), updated as Json, reset)
  if (!isSame(changes)) claim(owners, changes, tracking)
  const entries = writeOwners(owners)
  if (entries.length > 0) metadata['managedFields'] = entries
  else delete metadata['managedFields']
}

/** managedFields in the request count, since clients migrate owners by writing them; nonsense and absence do not. */
function startingOwners(
  { live, subresource }: UpdateTracking,
  metadata: Json,
): Map<string, Owner> | undefined {
  const requested = metadata['managedFields'] as ManagedFieldsEntry[] | undefined
  const stored = asObject(asObject(live)['metadata'])['managedFields'] as ManagedFieldsEntry[] | undefined
  if (!subresource && Array.isArray(requested) && requested !== stored) {
    const [first] = requested
    if (requested.length === 1 && first && Object.keys(first).length === 0) return undefined
    const owners = readOwners(requested)
    if (owners && owners.size > 0) return owners
  }
  return readOwners(stored) ?? new Map()
}

function claim(owners: Map<string, Owner>, changes: Comparison, tracking: UpdateTracking): void {
  const { manager, operation, apiVersion, time, subresource = '' } = tracking
  const written = union(changes.modified, changes.added)
  const self = ownerKey({ manager, operation, apiVersion, subresource })
  for (const [key, owner] of owners) {
    const fields = difference(
      key === self ? owner.fields : difference(owner.fields, written),
      changes.removed,
    )
    if (fields !== owner.fields) owners.set(key, { ...owner, fields, entry: undefined })
  }
  const own = owners.get(self)?.fields ?? emptySet
  const fields = union(own, written)
  owners.set(self, { manager, operation, apiVersion, subresource, time, fields, entry: undefined })
}
