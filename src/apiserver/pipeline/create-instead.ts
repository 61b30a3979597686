import { refusal } from '../rbac/forbidden.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { Core } from './core.ts'
import { create } from './create.ts'
import type { Outcome } from './outcome.ts'

/** Creates what was to be changed and is not there. Throws ApiError 403 for who may change but not create. */
export function createInstead(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const { user, name = '', namespace } = request
  const asked = {
    user,
    verb: 'create',
    group: resource.group,
    resource: resource.plural,
    subresource: '',
    namespace: (resource.namespaced && namespace) || '',
    name,
  }
  const { allowed, reason } = core.authorizer.authorize(asked)
  if (!allowed) throw refusal(asked, reason)
  return create(core, resource, request)
}
