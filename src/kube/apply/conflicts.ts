import { type ApiError, apiError } from '../status.ts'
import { eachMember, type FieldSet, pathToString } from './field-set.ts'
import type { Owner } from './managers.ts'

/** Fields that an apply would take from another manager. */
export interface Conflict {
  owner: Owner
  fields: FieldSet
}

/** The 409 of a server-side apply, with one cause per field. */
export function applyConflict(conflicts: readonly Conflict[]): ApiError {
  const found = conflicts.flatMap(({ owner, fields }) => {
    const paths: { owner: string; path: string }[] = []
    eachMember(fields, path => paths.push({ owner: describe(owner), path: pathToString(path) }))
    return paths
  })
  return apiError('Conflict', message(found), {
    causes: found.map(({ owner, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${owner}`,
      field: path,
    })),
  })
}

function message(found: readonly { owner: string; path: string }[]): string {
  const [only] = found
  if (found.length === 1 && only)
    return `Apply failed with 1 conflict: conflict with ${only.owner}: ${only.path}`
  const byOwner = new Map<string, string[]>()
  for (const { owner, path } of found) byOwner.set(owner, [...(byOwner.get(owner) ?? []), path])
  const lines = [...byOwner]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([owner, paths]) => [`conflicts with ${owner}:`, ...paths.map(path => `- ${path}`)])
  return `Apply failed with ${found.length} conflicts: ${lines.join('\n')}`
}

function describe(owner: Owner): string {
  const name = JSON.stringify(owner.manager)
  const named =
    owner.subresource === '' ? name : `${name} with subresource ${JSON.stringify(owner.subresource)}`
  return owner.operation === 'Update' ? `${named} using ${owner.apiVersion}` : named
}
