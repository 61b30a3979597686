import { apiError, isAlreadyExists } from '../../kube/status.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { change } from './change.ts'
import type { Core } from './core.ts'
import { createInstead } from './create-instead.ts'
import { objectFrom } from './metadata.ts'
import type { Outcome } from './outcome.ts'
import { namespaceOf } from './target.ts'

/** Replaces an object; of some kinds, one that is not there is created. */
export async function update(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  requireSameName(request)
  const { name = '', namespace, subresource } = request
  const isThere = () => core.store.head(resource.storageName, namespaceOf(resource, namespace), name)
  if (resource.behaviour.createsOnUpdate && subresource === undefined && !isThere())
    try {
      return await createInstead(core, resource, { ...request, body: named(resource, request) })
    } catch (error) {
      // Somebody created it in between: then there is something to change.
      if (!isAlreadyExists(error)) throw error
    }
  return change(core, resource, request, () => objectFrom(resource, request.body))
}

/** The body as a new object: which version was meant to be replaced does not count. */
function named(resource: Resource, { body, name }: ApiRequest): object {
  const { metadata, ...rest } = objectFrom(resource, body)
  return { ...rest, metadata: { ...metadata, name, resourceVersion: undefined } }
}

/** Told before the object is looked for, as upstream does. */
function requireSameName({ name = '', body }: ApiRequest): void {
  const given = (body as Partial<KubeObject> | null | undefined)?.metadata?.name
  if (given && given !== name)
    throw apiError(
      'BadRequest',
      `the name of the object (${given}) does not match the name on the URL (${name})`,
    )
}
