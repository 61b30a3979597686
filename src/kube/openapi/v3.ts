import type { Resource } from '../resources.ts'
import { definitionName } from '../schema/builtin.ts'
import type { Json } from '../schema/schema.ts'
import { type Operation, operationsOf, queryType } from './operations.ts'
import { publishedSchemas, schemaName, V3_ROOT as ROOT } from './schemas.ts'

/** Custom kinds have neither merge keys nor a protobuf form; kubectl decides by this how it patches. */
const customPatchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
]
const builtinPatchTypes = [...customPatchTypes, 'application/strategic-merge-patch+json']
const customBodyTypes = ['application/json', 'application/yaml']
const builtinBodyTypes = [...customBodyTypes, 'application/vnd.kubernetes.protobuf']

/** The document of `/openapi/v3/apis/GROUP/VERSION`: of the resources, those of that group and version (`v1`, `apps/v1`). */
export function openapiV3(groupVersion: string, resources: readonly Resource[]): Json {
  const own = resources.filter(
    ({ group, version }) => (group === '' ? version : `${group}/${version}`) === groupVersion,
  )
  const paths: Record<string, Json> = {}
  for (const operation of own.flatMap(operationsOf)) {
    const parameters = operation.pathParameters.map(pathParameter)
    // Go's reader of these documents does not tell an empty list from none, and clients compare.
    const item = paths[operation.path] ?? (parameters.length > 0 ? { parameters } : {})
    item[operation.method] = describe(operation)
    paths[operation.path] = item
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: { schemas: publishedSchemas(own, ROOT) },
  }
}

const pathParameter = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', uniqueItems: true },
})

function describe(operation: Operation): Json {
  const { action, id, gvk, query, hasBody, isList, method } = operation
  const reference = (name: string) => ({ $ref: ROOT + name })
  const kind = isList ? `${gvk.kind}List` : gvk.kind
  // Streams and proxied answers have no schema.
  const answer =
    action === 'connect' ? { type: 'string' } : reference(schemaName(gvk.group, gvk.version, kind))
  const content = (types: readonly string[], schema: Json) =>
    Object.fromEntries(types.map(type => [type, { schema }]))
  const patch = reference('io.k8s.apimachinery.pkg.apis.meta.v1.Patch')
  const isBuiltin = definitionName(gvk.group, gvk.version, gvk.kind) !== undefined
  const patchTypes = isBuiltin ? builtinPatchTypes : customPatchTypes
  const bodyTypes = isBuiltin ? builtinBodyTypes : customBodyTypes
  const body = method === 'patch' ? content(patchTypes, patch) : content(bodyTypes, answer)
  return {
    operationId: id,
    parameters: query.map(name => ({
      name,
      in: 'query',
      schema: { type: queryType(name), uniqueItems: true },
    })),
    ...(hasBody ? { requestBody: { required: true, content: body } } : {}),
    responses: { 200: { description: 'OK', content: content(['application/json'], answer) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}
