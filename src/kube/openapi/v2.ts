import type { Resource } from '../resources.ts'
import type { Json } from '../schema/schema.ts'
import { type Operation, operationsOf, queryDescriptions, queryType } from './operations.ts'
import { publishedSchemas, schemaName, V2_ROOT as ROOT } from './schemas.ts'

/** The document of `/openapi/v2`, for clients older than OpenAPI 3: all resources in one. */
export function openapiV2(resources: readonly Resource[]): Json {
  const paths: Record<string, Json> = {}
  for (const operation of resources.flatMap(operationsOf)) {
    const item = paths[operation.path] ?? { parameters: operation.pathParameters.map(pathParameter) }
    item[operation.method] = describe(operation)
    paths[operation.path] = item
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    definitions: publishedSchemas(resources, ROOT),
  }
}

const pathParameter = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  type: 'string',
  uniqueItems: true,
})

function describe({ action, id, path, gvk, query, hasBody, isList, method }: Operation): Json {
  const kind = isList ? `${gvk.kind}List` : gvk.kind
  // Streams and proxied answers have no schema.
  const answer =
    action === 'connect' ? { type: 'string' } : { $ref: ROOT + schemaName(gvk.group, gvk.version, kind) }
  const schema = method === 'patch' ? { $ref: `${ROOT}io.k8s.apimachinery.pkg.apis.meta.v1.Patch` } : answer
  return {
    operationId: id,
    produces: ['application/json', 'application/yaml'],
    parameters: [
      ...(hasBody ? [{ name: 'body', in: 'body', required: true, schema }] : []),
      ...query.map(name => ({
        name,
        in: 'query',
        type: queryType(name),
        uniqueItems: true,
        ...(queryDescriptions[name] ? { description: queryDescriptions[name] } : {}),
      })),
    ],
    responses: {
      200: {
        description: isList ? `List of ${path.slice(path.lastIndexOf('/') + 1)}` : 'OK',
        schema: answer,
      },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}
