import { apiError } from '../../kube/status.ts'
import type { ApiRequest, RequestOptions } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { decodePosition, encodePosition } from './continue-token.ts'
import type { Core } from './core.ts'
import type { Outcome } from './outcome.ts'
import { parseRevision, tooLarge } from './resource-version.ts'
import { selectionOf } from './selection.ts'

/** Lists a page of the selected objects, all pages as of the same revision. */
export function list(core: Core, resource: Resource, request: ApiRequest): Outcome {
  const { options } = request
  const cache = core.store.cache(resource.storageName)
  const selection = selectionOf(resource, request)
  const position = options.continue ? decodePosition(options.continue) : undefined
  const asked = revisionAsked(options, core.store.revision)
  const revision = position?.revision ?? asked ?? core.store.revision
  if (revision > core.store.revision) throw tooLarge(revision, core.store.revision)
  if (revision < core.store.revision && revision < cache.floor)
    throw apiError(
      'Expired',
      position
        ? 'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.'
        : `The resourceVersion for the provided list is too old: ${revision}, the oldest that is kept is ${cache.floor}`,
    )
  const found = cache.selectAt(revision, selection, position?.afterKey)
  const limit = options.limit && options.limit > 0 ? options.limit : Number.POSITIVE_INFINITY
  const items: StoredObject[] = []
  let more = 0
  for (const stored of found) {
    if (items.length < limit) items.push(stored)
    else {
      more++
      // Upstream does not count the rest of a selection, only that of a whole list.
      if (selection.matches) break
    }
  }
  const last = items.at(-1)
  return {
    kind: 'list',
    code: 200,
    resource,
    items,
    revision,
    continue: more > 0 && last ? encodePosition({ revision, afterKey: last.key }) : undefined,
    remaining: more > 0 && !selection.matches ? more : undefined,
    warnings: [],
  }
}

/** The revision a list must be of, or undefined for the newest, which satisfies every other wish. */
function revisionAsked(options: RequestOptions, current: number): number | undefined {
  const { resourceVersionMatch: match } = options
  const revision = parseRevision(options.resourceVersion)
  if (match !== undefined && match !== '') {
    if (match !== 'Exact' && match !== 'NotOlderThan')
      throw apiError(
        'BadRequest',
        `resourceVersionMatch: Unsupported value: "${match}": supported values: "Exact", "NotOlderThan"`,
      )
    if (options.continue)
      throw apiError(
        'BadRequest',
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      )
    if (revision === undefined)
      throw apiError(
        'BadRequest',
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      )
    if (match === 'Exact') {
      if (revision === 0)
        throw apiError(
          'BadRequest',
          'resourceVersionMatch: Forbidden: resourceVersionMatch "Exact" is forbidden for resourceVersion "0"',
        )
      return revision
    }
  }
  if (options.continue && revision !== undefined && revision !== 0)
    throw apiError('BadRequest', 'specifying resource version is not allowed when using continue')
  if (revision !== undefined && revision > current) throw tooLarge(revision, current)
  return undefined
}
