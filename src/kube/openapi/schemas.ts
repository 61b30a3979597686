import type { Resource } from '../resources.ts'
import { definitionName, definitions, objectMetaSchema } from '../schema/builtin.ts'
import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import {
  METADATA_DESCRIPTION,
  metadataDescriptions,
  typeDescriptions,
  withDescriptions,
} from './descriptions.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
export const V2_ROOT = '#/definitions/'
export const V3_ROOT = '#/components/schemas/'
/** How definitions refer to each other in the data, which is of OpenAPI 2. */
const PREFIX = V2_ROOT

type Root = typeof V2_ROOT | typeof V3_ROOT

/** The name under which a kind's schema is published; custom ones are named after their reversed group. */
export function schemaName(group: string, version: string, kind: string): string {
  return (
    definitionName(group, version, kind) ??
    `${(group || 'core').split('.').reverse().join('.')}.${version}.${kind}`
  )
}

/**
 * The schemas that some resources need, by name, with every schema those refer to. `root` is where the
 * document keeps them.
 */
export function publishedSchemas(resources: readonly Resource[], root: Root): Record<string, Json> {
  const result: Record<string, Json> = {}
  const queue = [`${META}Status`, `${META}DeleteOptions`, `${META}Patch`]
  for (const resource of resources) {
    const { group, version, kind, listKind, schema } = resource
    const name = schemaName(group, version, kind)
    if (definitionName(group, version, kind) !== undefined) {
      queue.push(name)
      const list = definitionName(group, version, listKind)
      if (list !== undefined) queue.push(list)
    } else {
      result[name] = {
        ...customRoot(schema, root),
        ...gvk(group, version, kind),
      }
      result[schemaName(group, version, listKind)] = listOf(name, resource, root)
      queue.push(`${META}ObjectMeta`, `${META}ListMeta`)
    }
    for (const subresource of Object.values(resource.subresources)) {
      const own = definitionName(subresource.group, subresource.version, subresource.kind)
      if (own !== undefined) queue.push(own)
    }
  }
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const definition = definitions()[name]
    if (result[name] || !definition) continue
    const node = relocated(definition, root, referred => queue.push(referred)) as Json
    result[name] = name === `${META}ObjectMeta` ? withDescriptions(node, metadataDescriptions) : node
  }
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const gvk = (group: string, version: string, kind: string) => ({
  'x-kubernetes-group-version-kind': [{ group, version, kind }],
})

function listOf(name: string, { group, version, listKind }: Resource, root: Root): Json {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: `${root}${META}ListMeta` },
      items: { type: 'array', items: { $ref: root + name } },
    },
    ...gvk(group, version, listKind),
  }
}

/** A definition with its references pointing into this document. OpenAPI 3 wants them alone, so that siblings go beside `allOf`. */
function relocated(node: unknown, root: Root, refer: (name: string) => void): unknown {
  if (Array.isArray(node)) return node.map(item => relocated(item, root, refer))
  if (!isJsonObject(node)) return node
  const { $ref, ...rest } = node
  if (typeof $ref === 'string' && $ref.startsWith(PREFIX)) {
    const name = $ref.slice(PREFIX.length)
    refer(name)
    const reference = { $ref: root + name }
    if (Object.keys(rest).length === 0) return reference
    return root === V2_ROOT ? { ...reference, ...rest } : { allOf: [reference], ...rest }
  }
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, relocated(child, root, refer)]))
}

/** A custom kind's schema, with `metadata` as a reference in place of the linked type. */
function customRoot(schema: Schema | undefined, root: Root): Json {
  // kubectl refuses what is not listed, so that nothing is listed where anything goes.
  if (!schema || (root === V2_ROOT && schema['x-kubernetes-preserve-unknown-fields']))
    return { type: 'object' }
  return withDescriptions(customNode(schema, root), typeDescriptions)
}

function customNode(schema: Schema, root: Root): Json {
  const { builtin: _, typeName: __, goType: ___, written: ____, pointers: _____, ...rest } = schema
  const node: Json = root === V2_ROOT ? asVersion2(schema, rest) : { ...rest }
  const nested = (child: Schema) =>
    child === objectMetaSchema() ? metadataNode(root) : customNode(child, root)
  if (schema.properties && 'properties' in node)
    node['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([key, child]) => [key, nested(child)]),
    )
  if (schema.items && 'items' in node) node['items'] = nested(schema.items)
  if (typeof schema.additionalProperties === 'object')
    node['additionalProperties'] = nested(schema.additionalProperties)
  return node
}

/** Without what readers of version 2 do not know or misunderstand; as upstream publishes it (`openapi/v2/conversion.go`). */
function asVersion2(schema: Schema, own: Json): Json {
  const { allOf: _, oneOf: __, anyOf: ___, not: ____, nullable: _____, ...node } = own
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true
  if (schema.nullable || preserves) {
    delete node['items']
    delete node['properties']
  }
  const isBareArray = node['type'] === 'array' && !node['items']
  if (schema.nullable || isBareArray || (preserves && node['type'] === 'object')) delete node['type']
  const nullable = (name: string) => node['properties'] !== undefined && schema.properties?.[name]?.nullable
  if (schema.required?.some(nullable)) {
    const required = schema.required.filter(name => !nullable(name))
    if (required.length > 0) node['required'] = required
    else delete node['required']
  }
  return node
}

/** OpenAPI 3 wants references alone, so that the description goes beside `allOf`. */
function metadataNode(root: Root): Json {
  const reference = { $ref: `${root}${META}ObjectMeta` }
  return { description: METADATA_DESCRIPTION, ...(root === V2_ROOT ? reference : { allOf: [reference] }) }
}
