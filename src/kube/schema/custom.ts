import { objectMetaSchema } from './builtin.ts'
import type { Schema } from './schema.ts'

const text: Schema = { type: 'string' }

/**
 * The schema of a custom kind's objects from its CRD's openAPIV3Schema: apiVersion, kind and metadata
 * get their real types at the root and in embedded resources.
 */
export function customSchema(schema: Schema | undefined): Schema {
  const root = schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return asResource(embedded(root))
}

function asResource(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: text,
      kind: text,
      metadata: objectMetaSchema(),
    },
  }
}

/** Rewrites only the branches that hold an embedded resource; everything else is shared. */
function embedded(schema: Schema): Schema {
  let result = schema
  if (schema.properties) {
    const properties = mapChanged(schema.properties)
    if (properties !== schema.properties) result = { ...result, properties }
  }
  if (schema.items) {
    const items = embedded(schema.items)
    if (items !== schema.items) result = { ...result, items }
  }
  if (typeof schema.additionalProperties === 'object') {
    const additionalProperties = embedded(schema.additionalProperties)
    if (additionalProperties !== schema.additionalProperties) result = { ...result, additionalProperties }
  }
  return schema['x-kubernetes-embedded-resource'] ? asResource(result) : result
}

function mapChanged(properties: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  let changed = false
  const next: Record<string, Schema> = {}
  for (const [key, child] of Object.entries(properties)) {
    const mapped = embedded(child)
    changed ||= mapped !== child
    next[key] = mapped
  }
  return changed ? next : properties
}
