import { apiError } from '../../kube/status.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { bind } from './binding.ts'
import { evict } from './eviction.ts'
import { scale } from './scale.ts'
import { issueToken } from './token.ts'

type Handler = (core: Core, resource: Resource, request: ApiRequest) => Outcome | Promise<Outcome>

const handlers: Record<string, Handler | undefined> = {
  '/pods/binding': bind,
  '/pods/eviction': evict,
  '/serviceaccounts/token': issueToken,
}

/** Subresources that need a connection to a node, which requests without a transport cannot have. */
const connections = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])

/** How a subresource is answered, where that is not by reading or writing a part of the object itself. */
export function subresourceHandler(resource: Resource, subresource: string): Handler | undefined {
  if (subresource === 'scale') return scale
  if (connections.has(subresource)) return refuseConnection
  return handlers[`${resource.storageName}/${subresource}`]
}

function refuseConnection(_core: Core, { plural }: Resource, { subresource }: ApiRequest): never {
  throw apiError('MethodNotAllowed', `${plural}/${subresource} is not served here`)
}
