import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import { emptySet, type FieldSet, isEmptySet, union } from './field-set.ts'
import { inOrder } from './set-order.ts'

/** One entry of managedFields with its set. */
export interface Owner {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource: string
  time: string | undefined
  fields: FieldSet
  /** The entry it was read from; reused where nothing changed. */
  entry: ManagedFieldsEntry | undefined
}

/** As many Update entries as upstream keeps before it folds the oldest into one. */
const MAX_UPDATE_OWNERS = 10

/** What makes two entries the same owner: of Apply entries the version does not count. */
export const ownerKey = (owner: Omit<Owner, 'fields' | 'time' | 'entry'>): string =>
  `${owner.operation} ${owner.operation === 'Apply' ? '' : owner.apiVersion} ${owner.subresource} ${owner.manager}`

/** Owners by key, or undefined where an entry is malformed. */
export function readOwners(
  entries: readonly ManagedFieldsEntry[] | undefined,
): Map<string, Owner> | undefined {
  const owners = new Map<string, Owner>()
  for (const entry of entries ?? []) {
    const { manager = '', operation, apiVersion, subresource = '', time, fieldsType, fieldsV1 } = entry
    if (operation !== 'Apply' && operation !== 'Update') return undefined
    if (!apiVersion || (fieldsType ?? 'FieldsV1') !== 'FieldsV1' || (fieldsV1 && !isFieldSet(fieldsV1)))
      return undefined
    const fields = (fieldsV1 ?? emptySet) as FieldSet
    const owner: Owner = { manager, operation, apiVersion, subresource, time, fields, entry }
    owners.set(ownerKey(owner), owner)
  }
  return owners
}

/** Checked once per set: sets are shared between revisions. */
const checked = new WeakSet<object>()
function isFieldSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (checked.has(value)) return true
  for (const [key, child] of Object.entries(value))
    if (!(key === '.' || /^[fvki]:/.test(key)) || !isFieldSet(child)) return false
  checked.add(value)
  return true
}

/** The entries of owners that own something, in upstream's order: Apply first, then by time and name. */
export function writeOwners(owners: ReadonlyMap<string, Owner>): ManagedFieldsEntry[] {
  const kept = [...owners.values()].filter(owner => !isEmptySet(owner.fields))
  return capped(kept)
    .sort(
      (a, b) =>
        compare(a.operation, b.operation) ||
        compare(a.time ?? '', b.time ?? '') ||
        compare(a.manager, b.manager) ||
        compare(a.apiVersion, b.apiVersion) ||
        compare(a.subresource, b.subresource),
    )
    .map(owner => owner.entry ?? toEntry(owner))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function toEntry(owner: Owner): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource, time } = owner
  const fields = inOrder(owner.fields)
  checked.add(fields)
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields as Record<string, unknown>,
    ...(subresource === '' ? {} : { subresource }),
  }
}

/** Folds the oldest Update entries of more than ten into `ancient-changes`. */
function capped(owners: Owner[]): Owner[] {
  const updates = owners.filter(owner => owner.operation === 'Update')
  const excess = updates.length - MAX_UPDATE_OWNERS
  if (excess <= 0) return owners
  const oldest = updates.sort((a, b) => compare(a.time ?? '', b.time ?? '')).slice(0, excess + 1)
  const ancient = new Map<string, Owner>()
  for (const owner of oldest) {
    const known = ancient.get(owner.apiVersion)
    ancient.set(owner.apiVersion, {
      ...owner,
      manager: 'ancient-changes',
      subresource: '',
      fields: known ? union(known.fields, owner.fields) : owner.fields,
      entry: undefined,
    })
  }
  return [...owners.filter(owner => !oldest.includes(owner)), ...ancient.values()]
}
