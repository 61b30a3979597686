import { apiError } from '../../kube/status.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { change } from './change.ts'
import type { Core } from './core.ts'
import { objectFrom } from './metadata.ts'
import type { Outcome } from './outcome.ts'

/** Changes an object by a patch document. */
export async function patch(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const { body, patchType = 'merge' } = request
  if (patchType !== 'merge') throw apiError('UnsupportedMediaType', `${patchType} patches are not served`)
  return change(core, resource, request, copy => objectFrom(resource, mergePatch(copy(), body)))
}

/** RFC 7386. */
function mergePatch(target: unknown, document: unknown): unknown {
  if (!isMap(document)) return document
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(document)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
