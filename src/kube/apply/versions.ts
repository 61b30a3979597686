import type { Schema } from '../schema/schema.ts'
import { type Comparison, compareObjects } from './compare.ts'
import type { Owner } from './managers.ts'
import { asObject } from './structure.ts'

/** One version of the kind that is being written. */
export interface ApiVersionView {
  schema: Schema | undefined
  /** The object, which it leaves alone, in this version. */
  convert(object: object): object
}

/** Another version of the kind, or undefined where it is not served. */
export type OtherVersions = (apiVersion: string) => ApiVersionView | undefined

interface Write {
  schema: Schema | undefined
  apiVersion: string
  live: object | undefined
  updated: object
  reset: readonly string[]
  versions?: OtherVersions | undefined
}

/**
 * What a write changes as the owner sees it: in the version that its fields are of, since a field may be named, or
 * owned in one piece, otherwise there. Undefined where that version is gone. Each version is compared once.
 */
export function changesByVersion(write: Write): (owner: Pick<Owner, 'apiVersion'>) => Comparison | undefined {
  const { schema, apiVersion, live, updated, reset, versions } = write
  const known = new Map([[apiVersion, compareObjects(schema, asObject(live), asObject(updated), reset)]])
  return owner => {
    if (!versions) return known.get(apiVersion)
    const compared = known.get(owner.apiVersion)
    if (compared) return compared
    const view = versions(owner.apiVersion)
    if (!view) return undefined
    const before = live ? asObject(view.convert(live)) : {}
    const changes = compareObjects(view.schema, before, asObject(view.convert(updated)), reset)
    known.set(owner.apiVersion, changes)
    return changes
  }
}
