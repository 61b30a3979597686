import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { encodePosition } from './continue-token.ts'
import type { Core } from './core.ts'
import { checkListOptions } from './list-options.ts'
import { listPage } from './list-page.ts'
import type { Outcome } from './outcome.ts'
import { listExpired } from './resource-version.ts'
import { selectionOf } from './selection.ts'

/** Lists a page of the selected objects, all pages as of the same revision. */
export function list(core: Core, resource: Resource, request: ApiRequest): Outcome {
  const { options } = request
  checkListOptions(options)
  const cache = core.store.cache(resource.storageName)
  const selection = selectionOf(resource, request)
  const current = core.store.revision
  const { revision, limit = Number.POSITIVE_INFINITY, start } = listPage(options, current)
  if (revision < current && revision < Math.max(cache.floor, core.pages.oldest))
    throw listExpired(start === undefined ? undefined : encodePosition({ revision: -1, start }))
  // Tokens are relative to what is listed: one namespace, or all of them.
  const isAcross = resource.namespaced && selection.namespace === undefined
  const prefix = isAcross ? '' : `${selection.namespace ?? ''}/`
  const found = cache.selectAt(revision, selection, start === undefined ? undefined : prefix + start)
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
  const next = last && `${last.key.slice(prefix.length)}\0`
  return {
    kind: 'list',
    code: 200,
    resource,
    items,
    revision,
    continue: more > 0 && next ? encodePosition({ revision, start: next }) : undefined,
    remaining: more > 0 && !selection.matches ? more : undefined,
    warnings: [],
  }
}
