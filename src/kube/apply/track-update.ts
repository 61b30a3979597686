import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import type { Json, Schema } from '../schema/schema.ts'
import { type Comparison, isSame } from './compare.ts'
import { difference, emptySet, union } from './field-set.ts'
import { type Owner, ownerKey, readOwners, writeOwners } from './managers.ts'
import { asObject } from './structure.ts'
import { changesByVersion, type OtherVersions } from './versions.ts'

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
  /** Where owners may speak other versions of the kind. */
  versions?: OtherVersions | undefined
}

/** Recomputes managedFields for a create, update or patch: who changed a field owns it. */
export function trackUpdate(tracking: UpdateTracking): void {
  const { updated, live, reset = [] } = tracking
  const metadata = asObject((updated as Json)['metadata'])
  const owners = startingOwners(tracking, metadata)
  // Emptied by the writer, or never tracked (only an apply starts tracking what exists).
  if (!owners || (live && owners.size === 0)) {
    delete metadata['managedFields']
    return
  }
  const changesFor = changesByVersion({ ...tracking, reset })
  const changes = changesFor(tracking)
  if (changes && !isSame(changes)) claim(owners, changesFor, tracking)
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
    const isReset = !first || (requested.length === 1 && Object.keys(first).length === 0)
    if (isReset) return undefined
    const owners = readOwners(requested)
    if (owners && owners.size > 0) return owners
  }
  return readOwners(stored) ?? new Map()
}

function claim(
  owners: Map<string, Owner>,
  changesFor: (owner: Pick<Owner, 'apiVersion'>) => Comparison | undefined,
  tracking: UpdateTracking,
): void {
  const { manager, operation, apiVersion, time, subresource = '' } = tracking
  const self = ownerKey({ manager, operation, apiVersion, subresource })
  let written = emptySet
  const own = changesFor(tracking)
  if (own) written = union(own.modified, own.added)
  for (const [key, owner] of owners) {
    const changes = changesFor(owner)
    if (!changes) {
      owners.delete(key)
      continue
    }
    const taken = key === self ? emptySet : union(changes.modified, changes.added)
    const fields = difference(difference(owner.fields, taken), changes.removed)
    if (fields !== owner.fields) owners.set(key, { ...owner, fields, entry: undefined })
  }
  const fields = union(owners.get(self)?.fields ?? emptySet, written)
  owners.set(self, { manager, operation, apiVersion, subresource, time, fields, entry: undefined })
}
