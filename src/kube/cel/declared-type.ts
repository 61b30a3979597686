import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  type Field,
  intType,
  listOf,
  mapOf,
  objectType,
  stringType,
  timestampType,
  type Type,
} from '../../languages/cel/type.ts'
import type { Schema } from '../schema/schema.ts'
import { escapeFieldName } from './escape.ts'

/** The largest request that upstream's estimates of sizes reckon with. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024

/** A schema as expressions see it. */
export interface DeclaredType {
  readonly type: Type
  /** The fewest bytes that a value takes in JSON: how often it can be in a request follows from that. */
  readonly minBytes: number
}

const TEXT_LIMIT = MAX_REQUEST_BYTES - 2
const DURATION_BYTES = 32
const DATE_BYTES = 12
const TIME_BYTES = 32

const text: Schema = { type: 'string' }
const resourceFields: Readonly<Record<string, Schema>> = {
  apiVersion: text,
  kind: text,
  metadata: { type: 'object', properties: { name: text, generateName: text } },
}

/** The schema of a resource with the fields that rules always see: apiVersion, kind, metadata's name and generateName. */
const asResource = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...schema.properties, ...resourceFields },
})

/**
 * The type of a structural schema's values in expressions, with upstream's bounds of sizes; undefined where
 * expressions do not see them. `name` is what messages call it.
 */
export function declaredType(
  schema: Schema,
  isResource: boolean,
  name = 'selfType',
): DeclaredType | undefined {
  const known = isResource ? ofResources : ofValues
  if (!known.has(schema)) known.set(schema, declare(schema, isResource, name))
  return known.get(schema)
}

/** Rules of many places of a schema need its types; each is made once. */
const ofResources = new WeakMap<Schema, DeclaredType | undefined>()
const ofValues = new WeakMap<Schema, DeclaredType | undefined>()

function declare(schema: Schema, isResource: boolean, name: string): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string'])
    return { type: { ...dynType, maxElements: textLimit(schema) }, minBytes: 1 }
  switch (schema.type) {
    case 'array':
      return listType(schema, name)
    case 'object':
      if (schema.properties && open.has(schema.properties))
        return { type: objectType(name, new Map()), minBytes: 2 }
      return typeof schema.additionalProperties === 'object'
        ? mapType(schema, schema.additionalProperties, name)
        : object(isResource ? asResource(schema) : schema, name)
    case 'string':
      return textType(schema)
    case 'boolean':
      return { type: boolType, minBytes: 4 }
    case 'number':
      return { type: doubleType, minBytes: 1 }
    case 'integer':
      return { type: intType, minBytes: 1 }
    default:
      return undefined
  }
}

const isEmbedded = (schema: Schema) => schema['x-kubernetes-embedded-resource'] === true

function listType({ items, maxItems, ...schema }: Schema, name: string): DeclaredType | undefined {
  const item = items && declaredType(items, isEmbedded(items), `${name}.@idx`)
  if (!item) return undefined
  const limit = maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (item.minBytes + 1))
  const listType = listTypeOf(schema)
  const type = { ...listOf(item.type), maxElements: Math.max(0, limit), ...(listType ? { listType } : {}) }
  return { type, minBytes: 2 }
}

function listTypeOf(schema: Schema): Type['listType'] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return 'set'
    case 'map':
      return (schema['x-kubernetes-list-map-keys'] ?? []).map(key => escapeFieldName(key) ?? key)
    default:
      return undefined
  }
}

function mapType({ maxProperties }: Schema, values: Schema, name: string): DeclaredType | undefined {
  const value = declaredType(values, isEmbedded(values), `${name}.@elem`)
  if (!value) return undefined
  const limit = maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (value.minBytes + 6))
  return { type: { ...mapOf(stringType, value.type), maxElements: Math.max(0, limit) }, minBytes: 2 }
}

/** Properties whose types are being made: a type that contains itself has no fields where it does, as upstream has it. */
const open = new Set<NonNullable<Schema['properties']>>()

function object({ properties = {}, required = [] }: Schema, name: string): DeclaredType {
  open.add(properties)
  try {
    return objectOf({ properties, required }, name)
  } finally {
    open.delete(properties)
  }
}

function objectOf(
  { properties, required }: { properties: NonNullable<Schema['properties']>; required: readonly string[] },
  name: string,
): DeclaredType {
  const fields = new Map<string, Field>()
  let minBytes = 2
  for (const [jsonName, schema] of Object.entries(properties)) {
    const escaped = escapeFieldName(jsonName)
    const field = declaredType(schema, isEmbedded(schema), `${name}.${escaped ?? jsonName}`)
    if (!field) continue
    if (escaped !== undefined) fields.set(escaped, { jsonName, type: field.type })
    if (required.includes(jsonName) && schema.default === undefined)
      minBytes += jsonName.length + field.minBytes + 4
  }
  return { type: objectType(name, fields), minBytes }
}

function textType(schema: Schema): DeclaredType {
  const { format, maxLength, enum: values } = schema
  switch (format) {
    case 'byte':
      return { type: { ...bytesType, maxElements: Math.max(0, maxLength ?? TEXT_LIMIT) }, minBytes: 2 }
    case 'duration':
      return { type: { ...durationType, maxElements: DURATION_BYTES }, minBytes: 3 }
    case 'date':
      return { type: { ...timestampType, maxElements: DATE_BYTES }, minBytes: DATE_BYTES }
    case 'date-time':
      return { type: { ...timestampType, maxElements: TIME_BYTES }, minBytes: 21 }
  }
  const longest = (values ?? []).map(value => (typeof value === 'string' ? Buffer.byteLength(value) : 0))
  const maxElements = maxLength === undefined && longest.length > 0 ? Math.max(...longest) : textLimit(schema)
  return { type: { ...stringType, maxElements }, minBytes: 2 }
}

/** A character of a text may take four bytes. */
const textLimit = ({ maxLength }: Schema): number =>
  maxLength === undefined ? TEXT_LIMIT : Math.max(0, maxLength) * 4
