import { decodeMismatch } from '../../kube/schema/decode.ts'
import { invalid, invalidValue } from '../../kube/schema/field-error.ts'
import { goString, restoreMismatch } from '../../kube/schema/restore.ts'
import type { KubeObject } from '../../kube/object.ts'
import { applyJsonPatch } from '../../kube/patch/json-patch.ts'
import { goKind } from '../../kube/patch/go-kind.ts'
import { applyMergePatch } from '../../kube/patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../../kube/patch/strategic-merge-patch.ts'
import { isJsonObject, type Schema } from '../../kube/schema/schema.ts'
import { ApiError, apiError } from '../../kube/status.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { apply } from './apply.ts'
import { change } from './change.ts'
import type { Core } from './core.ts'
import { objectFrom } from './metadata.ts'
import type { Outcome } from './outcome.ts'

/** Changes an object by a patch document. */
export async function patch(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const { schema } = resource
  if (request.patchType === 'apply') return apply(core, resource, request)
  if (request.patchType === 'strategic' && resource.custom)
    throw apiError(
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    )
  return change(core, resource, request, copy => {
    const object = patched(copy(), request, schema)
    if (!resource.custom && schema && !request.vetted) requireFit(schema, object, request)
    requireName(object, request.name)
    return objectFrom(resource, object)
  })
}

/** A patch that takes the name away says nothing of another one. */
function requireName(object: unknown, name = ''): void {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined
  if (isJsonObject(object) && !(isJsonObject(metadata) && metadata['name']))
    throw apiError(
      'BadRequest',
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    )
}

/** A patch that makes values of the wrong type is refused as a whole, with the patch as what is invalid. */
function requireFit(schema: Schema, object: unknown, { body, patchType }: ApiRequest): void {
  const problem = patchType === 'strategic' ? restoreMismatch(schema, object) : decodeMismatch(schema, object)
  if (problem === undefined) return
  const shown = patchType === 'strategic' ? goString(body) : JSON.stringify(object)
  throw invalid({ group: '', kind: '' }, '', [invalidValue('patch', shown, problem)])
}

/** Of a patch that does not apply clients are told no more than upstream tells them; what did not apply is the cause. */
function jsonPatched(current: KubeObject, body: unknown): unknown {
  try {
    return applyJsonPatch(current, body)
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'Invalid') throw error
    throw apiError('Invalid', 'the server rejected our request due to an error in our request', {}, error)
  }
}

function mergePatched(current: KubeObject, body: unknown): unknown {
  if (body === null) throw apiError('BadRequest', 'Invalid JSON Patch')
  if (!isJsonObject(body))
    throw apiError(
      'BadRequest',
      `error decoding patch: json: cannot unmarshal ${goKind(body)} into Go value of type map[string]interface {}`,
    )
  return applyMergePatch(current, body)
}

/** The object after a JSON, merge or strategic merge patch. */
export function patched(current: KubeObject, request: ApiRequest, schema: Schema | undefined): unknown {
  const { body, patchType = 'merge' } = request
  switch (patchType) {
    case 'merge':
      return mergePatched(current, body)
    case 'json':
      return jsonPatched(current, body)
    case 'strategic':
      return applyStrategicMergePatch(current, body, schema)
    case 'apply':
      throw apiError('UnsupportedMediaType', 'this resource cannot be applied')
  }
}
