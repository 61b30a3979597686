import { apiError } from '../../kube/status.ts'
import type { ApiRequest, WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { Core } from './core.ts'

/** The resource that a request is about. */
export function resourceFor(core: Core, request: ApiRequest | WatchRequest): Resource {
  const { group, version, plural } = request
  const resource = core.registry.find(group, version, plural)
  if (!resource) throw apiError('NotFound', 'the server could not find the requested resource', {})
  return resource
}

/** Refuses a verb that the resource or its subresource does not have. */
export function requireVerb(resource: Resource, verb: string, subresource: string | undefined): void {
  const verbs = subresource ? resource.subresources[subresource]?.verbs : resource.verbs
  if (!verbs) throw apiError('NotFound', 'the server could not find the requested resource', {})
  // Connections are opened by GET as well as by POST.
  if (verbs.includes('connect')) return
  if (!verbs.includes(verb))
    throw apiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** The namespace that keys of the resource have: empty for cluster-scoped ones. */
export function namespaceOf(resource: Resource, namespace: string | undefined): string {
  if (!resource.namespaced) return ''
  if (!namespace)
    throw apiError('BadRequest', 'an empty namespace may not be set when a resource name is provided')
  return namespace
}
