import { apiError } from '../../kube/status.ts'
import type { ApiRequest, WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { Selection } from '../store/watcher.ts'

/** What a list, watch or deletecollection selects. */
export function selectionOf(resource: Resource, request: ApiRequest | WatchRequest): Selection {
  const { labelSelector, fieldSelector } = request.options
  if (labelSelector || fieldSelector) throw apiError('BadRequest', 'selectors are not served')
  return {
    namespace: resource.namespaced ? request.namespace || undefined : undefined,
    matches: undefined,
  }
}
