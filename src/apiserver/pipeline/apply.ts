import { applyServerSide } from '../../kube/apply/apply.ts'
import { apiVersionOf } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { invalid, required } from '../../kube/schema/field-error.ts'
import { apiError, conflict, isAlreadyExists, isNotFound } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { change } from './change.ts'
import type { Core } from './core.ts'
import { createInstead } from './create-instead.ts'
import { managerOf, otherVersions, untouchedFields } from './field-managers.ts'
import { objectFrom } from './metadata.ts'
import type { Outcome } from './outcome.ts'

/** Server-side apply: changes the object, or creates it where there is none. */
export async function apply(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  if (!request.options.fieldManager)
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ])
  const applied = objectFrom(resource, request.body)
  const { name = '' } = request
  if (applied.metadata.name && applied.metadata.name !== name)
    throw apiError(
      'BadRequest',
      `the name of the object (${applied.metadata.name}) does not match the name on the URL (${name})`,
    )
  try {
    return await change(core, resource, request, copy =>
      merged(core, resource, request, { live: copy(), applied }),
    )
  } catch (error) {
    if (!isNotFound(error) || request.subresource !== undefined) throw error
  }
  if (applied.metadata.resourceVersion) throw conflict(resource, name)
  const body = merged(core, resource, request, { live: undefined, applied })
  try {
    return await createInstead(core, resource, { ...request, body })
  } catch (error) {
    // Somebody created it in between: then there is something to change.
    if (isAlreadyExists(error)) return apply(core, resource, request)
    throw error
  }
}

interface Sides {
  live: KubeObject | undefined
  applied: KubeObject
}

function merged(core: Core, resource: Resource, request: ApiRequest, { live, applied }: Sides): KubeObject {
  const { object } = applyServerSide({
    live,
    applied,
    manager: managerOf(request),
    force: request.options.force ?? false,
    schema: resource.schema,
    apiVersion: apiVersionOf(resource),
    time: toTime(core.clock.now()),
    subresource: request.subresource,
    reset: untouchedFields(resource, request.subresource, applied, live),
    versions: otherVersions(core, resource),
  })
  const result = objectFrom(resource, object)
  result.metadata.name ||= request.name ?? ''
  if (resource.namespaced && request.namespace) result.metadata.namespace ||= request.namespace
  return result
}
