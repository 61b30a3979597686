import { compileFieldSelector } from '../../kube/field-selectors.ts'
import { parseLabelSelector, SelectorError } from '../../kube/selectors.ts'
import { apiError } from '../../kube/status.ts'
import type { ApiRequest, WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { Selection } from '../store/watcher.ts'

/** What a list, watch or deletecollection selects. Throws ApiError BadRequest for a selector that does not parse. */
export function selectionOf(resource: Resource, request: ApiRequest | WatchRequest): Selection {
  const namespace = resource.namespaced ? request.namespace || undefined : undefined
  try {
    return { namespace, matches: matcherOf(resource, request) }
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    throw apiError('BadRequest', error.message, undefined, error)
  }
}

function matcherOf(resource: Resource, request: ApiRequest | WatchRequest): Selection['matches'] {
  const { labelSelector, fieldSelector } = request.options
  const labels = labelSelector ? parseLabelSelector(labelSelector) : undefined
  const selectable = resource.custom
    ? (resource.custom.version.selectableFields ?? []).map(({ jsonPath }) => jsonPath)
    : undefined
  const convert = resource.conversion?.remote ? undefined : resource.conversion?.toServed
  const fields = fieldSelector ? compileFieldSelector(resource, fieldSelector, selectable) : undefined
  // A watch or list of one object by its path is a selection by name.
  const { name } = request
  if (!labels && !fields && !name) return undefined
  return (stored: StoredObject) => {
    if (name && stored.name !== name) return false
    if (labels && !labels(stored.labels)) return false
    return !fields || fields(convert ? convert(stored.object) : stored.object)
  }
}
