import { notSupported } from '../../schema/field-error.ts'
import { isJsonObject, type Schema } from '../../schema/schema.ts'
import type { Rules } from '../rules.ts'
import { requireType } from './structural.ts'

const openApiTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string']

/** Keywords of JSON schema that definitions may not use. */
const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref']

interface Place {
  readonly at: string
  /** Why defaults are not allowed here. */
  readonly noDefaults?: string
  readonly isMetadata?: boolean
}

/** Keywords that must not be used, and the rules of list types and map types, at all depths. */
export function checkExtensions(rules: Rules, schema: Schema, place: Place, isRoot = false): void {
  const { at, noDefaults, isMetadata = false } = place
  checkKeywords(rules, schema, place)
  const { properties, additionalProperties, items } = schema
  if (
    additionalProperties !== undefined &&
    Object.keys(properties ?? {}).length > 0 &&
    additionalProperties !== true
  )
    rules.forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  if (isJsonObject(additionalProperties))
    checkExtensions(rules, additionalProperties, {
      at: `${at}.additionalProperties`,
      isMetadata,
      ...(isMetadata
        ? { noDefaults: 'inside additionalProperties applying to object metadata' }
        : noDefaults === undefined
          ? {}
          : { noDefaults }),
    })
  const isResource = isRoot || schema['x-kubernetes-embedded-resource'] === true
  for (const [key, child] of Object.entries(properties ?? {})) {
    const isMeta = isResource && (key === 'metadata' || key === 'kind' || key === 'apiVersion')
    const reason = isMeta && isRoot ? `in top-level ${key}` : noDefaults
    checkExtensions(rules, child, {
      at: `${at}.properties[${key}]`,
      isMetadata: isMetadata || isMeta,
      ...(reason === undefined ? {} : { noDefaults: reason }),
    })
  }
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [index, branch] of (schema[key] ?? []).entries())
      checkExtensions(rules, branch, { ...place, at: `${at}.${key}[${index}]` })
  if (schema.not) checkExtensions(rules, schema.not, { ...place, at: `${at}.not` })
  if (items) checkExtensions(rules, items, { ...place, at: `${at}.items` })
  checkMapType(rules, at, schema)
  checkListType(rules, at, schema)
}

function checkKeywords(rules: Rules, schema: Schema, { at, noDefaults, isMetadata }: Place): void {
  const { type } = schema
  if (type === 'null')
    rules.forbidden(`${at}.type`, 'type cannot be set to null, use nullable as an alternative')
  if (type && !openApiTypes.includes(type)) rules.add(notSupported(`${at}.type`, type, openApiTypes))
  if (schema.default !== undefined && noDefaults !== undefined)
    rules.forbidden(`${at}.default`, `must not be set ${noDefaults}`)
  for (const keyword of unsupported)
    if ((schema as Record<string, unknown>)[keyword] !== undefined)
      rules.forbidden(`${at}.${keyword}`, `${keyword} is not supported`)
  if (isMetadata && schema['x-kubernetes-embedded-resource'])
    rules.forbidden(`${at}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta')
  if (schema.uniqueItems)
    rules.forbidden(
      `${at}.uniqueItems`,
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    )
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    rules.invalid(`${at}.x-kubernetes-preserve-unknown-fields`, false, ['must be true or undefined'])
}

function checkMapType(rules: Rules, at: string, schema: Schema): void {
  const mapType = schema['x-kubernetes-map-type']
  if (mapType === undefined) return
  if (schema.type !== 'object')
    requireType(rules, at, schema, 'must be object if x-kubernetes-map-type is specified')
  if (mapType !== 'atomic' && mapType !== 'granular')
    rules.add(notSupported(`${at}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']))
}

function checkListType(rules: Rules, at: string, schema: Schema): void {
  const { items } = schema
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const field = `${at}.x-kubernetes-list-type`
  if (listType !== undefined && schema.type !== 'array')
    requireType(rules, at, schema, 'must be array if x-kubernetes-list-type is specified')
  else if (listType === 'set' && items) checkSetItems(rules, at, items)
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    rules.add(notSupported(field, listType, ['atomic', 'set', 'map']))
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty'
    if (listType === undefined) rules.required(field, undefined, detail)
    else rules.invalid(field, listType, [detail])
  }
  if ((listType === 'set' || listType === 'map') && items?.nullable)
    rules.forbidden(`${at}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`)
  if (listType === 'map') checkMapKeys(rules, at, schema, keys)
}

function checkSetItems(rules: Rules, at: string, items: Schema): void {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const listType = items['x-kubernetes-list-type']
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    rules.invalid(`${at}.items.x-kubernetes-list-type`, listType, [detail])
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    rules.invalid(`${at}.items.x-kubernetes-map-type`, listType ?? null, [detail])
}

function checkMapKeys(rules: Rules, at: string, { items }: Schema, keys: readonly string[]): void {
  const field = `${at}.x-kubernetes-list-map-keys`
  if (keys.length === 0)
    rules.required(field, undefined, 'must not be empty if x-kubernetes-list-type is map')
  if (!items) {
    rules.required(`${at}.items`, undefined, 'must have a schema if x-kubernetes-list-type is map')
    return
  }
  if (items.type !== 'object') {
    rules.invalid(`${at}.items.type`, items.type ?? '', [
      "must be object if parent array's x-kubernetes-list-type is map",
    ])
    return
  }
  for (const [index, key] of keys.entries()) {
    if (keys.indexOf(key) < index) rules.invalid(field, keys, ['must not contain duplicate entries'])
    const property = items.properties?.[key]
    const place = `${at}.items.properties[${key}]`
    if (!property) {
      rules.invalid(field, keys, ['entries must all be names of item properties'])
      continue
    }
    if (property.type === 'array' || property.type === 'object')
      rules.invalid(`${place}.type`, items.type, [
        "must be a scalar type if parent array's x-kubernetes-list-type is map",
      ])
    if (!items.required?.includes(key) && property.default === undefined)
      rules.required(
        `${place}.default`,
        undefined,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      )
    if (property.nullable)
      rules.forbidden(
        `${place}.nullable`,
        'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
      )
  }
}
