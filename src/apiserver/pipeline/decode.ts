import type { Kind } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { applyDefaults } from '../../kube/defaults/apply-defaults.ts'
import { builtinSchema } from '../../kube/schema/builtin.ts'
import { decodeMismatch } from '../../kube/schema/decode.ts'
import { objectMetaSchema } from '../../kube/schema/builtin.ts'
import { applySchemaDefaults } from '../../kube/schema/defaults.ts'
import { dropZeros } from '../../kube/schema/go-form.ts'
import { prune, unknownFields } from '../../kube/schema/unknown-fields.ts'
import type { Json, Schema } from '../../kube/schema/schema.ts'
import { apiError } from '../../kube/status.ts'
import { inDocumentOrder } from '../../kube/strict-json.ts'
import type { ApiRequest, RequestOptions } from '../request.ts'
import type { Resource } from '../resources/resource.ts'

/** More warnings than this help nobody. */
const MAX_WARNINGS = 50

/**
 * Brings what a client sent into the resource's shape, in place: refuses values of the wrong type, removes unknown
 * fields or refuses them, fills in defaults. Yields warnings. What is vetted has the shape already.
 */
export function decode(
  resource: Resource,
  object: KubeObject,
  { options, vetted }: Pick<ApiRequest, 'options' | 'vetted'>,
): string[] {
  const { schema } = resource
  if (!schema) return []
  const warnings = vetted ? [] : bringIntoShape(resource, object, { schema, options })
  // An empty list of owners is a wish, not an absence: it clears them.
  const clearsManagers = !resource.custom && object.metadata.managedFields?.length === 0
  if (resource.custom) {
    applySchemaDefaults(schema, object)
    dropZeros(objectMetaSchema(), object.metadata)
  } else {
    dropZeros(schema, object)
    // A struct in Go, so that it is never absent.
    if (schema.written && 'spec' in schema.written)
      Object.assign(object, { spec: (object as unknown as Json)['spec'] ?? {} })
    applyDefaults(resource, object)
  }
  if (clearsManagers) object.metadata.managedFields = []
  return warnings
}

function bringIntoShape(
  resource: Resource,
  object: KubeObject,
  { schema, options }: { schema: Schema; options: RequestOptions },
): string[] {
  const { fieldValidation = 'Warn', duplicateFields = [], source } = options
  const unknown = fieldValidation === 'Ignore' ? [] : unknownFields(schema, object)
  // Upstream looks at the metadata first, and sorts what else it finds.
  if (resource.custom)
    unknown.sort((a, b) => Number(isOfMetadata(b)) - Number(isOfMetadata(a)) || (a < b ? -1 : 1))
  let strict = fieldValidation === 'Strict' ? [...duplicateFields, ...unknown] : []
  // Upstream reads a built-in kind in one go, and a custom one first as JSON and then by its schema.
  if (source !== undefined && !resource.custom) strict = inDocumentOrder(source, strict)
  if (strict.length > 0) throw refused(resource, `strict decoding error: ${strict.join(', ')}`)
  const mismatch = resource.custom ? undefined : decodeMismatch(schema, object)
  if (mismatch !== undefined) throw refused(resource, mismatch)
  prune(schema, object)
  return unknown.slice(0, MAX_WARNINGS)
}

const isOfMetadata = (problem: string): boolean => problem.startsWith('unknown field "metadata.')

/**
 * Refuses a body that Go could not read into a built-in kind, which is not decoded otherwise: what has the wrong type
 * must not count as absent. Throws ApiError BadRequest.
 */
export function requireShape(kind: Pick<Kind, 'group' | 'version' | 'kind'>, body: unknown): void {
  if (body === undefined) return
  const schema = builtinSchema(kind.group, kind.version, kind.kind)
  const mismatch = schema && decodeMismatch(schema, body)
  if (mismatch !== undefined) throw refused(kind, mismatch)
}

function refused({ kind, version }: Pick<Kind, 'kind' | 'version'>, why: string) {
  return apiError('BadRequest', `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)
}
