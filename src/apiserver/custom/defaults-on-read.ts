import { copyJson, equalJson } from '../../kube/copy.ts'
import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { applySchemaDefaults } from '../../kube/schema/defaults.ts'
import type { Schema } from '../../kube/schema/schema.ts'
import type { Conversion } from '../resources/resource.ts'

/**
 * Adds to a conversion what upstream does when it reads a custom resource: the defaults of the version in which it is
 * kept. Only what is older than the definition can lack one.
 */
export function withDefaultsOnRead(
  definition: CustomResourceDefinition,
  conversion: Conversion | undefined,
): Conversion | undefined {
  const schemas = schemasWithDefaults(definition)
  if (schemas.size === 0) return conversion
  const since = Number(definition.metadata.resourceVersion)
  const known = new WeakMap<KubeObject, KubeObject>()
  const settled = (kept: KubeObject): KubeObject => {
    const schema = schemas.get(kept.apiVersion)
    if (!schema || Number(kept.metadata.resourceVersion) > since) return kept
    const answer = known.get(kept) ?? defaulted(schema, kept)
    known.set(kept, answer)
    return answer
  }
  const { toServed, toKept, remote }: Partial<Conversion> = conversion ?? {}
  return {
    toServed: kept => toServed?.(settled(kept)) ?? settled(kept),
    toKept: served => toKept?.(served) ?? served,
    ...(remote ? { remote: { ...remote, prepare: kept => remote.prepare(kept.map(settled)) } } : {}),
  }
}

function defaulted(schema: Schema, kept: KubeObject): KubeObject {
  const copy = copyJson(kept)
  applySchemaDefaults(schema, copy)
  return equalJson(copy, kept) ? kept : copy
}

function schemasWithDefaults({ spec }: CustomResourceDefinition): ReadonlyMap<string, Schema> {
  const schemas = new Map<string, Schema>()
  for (const { name, schema } of spec.versions) {
    // A definition's schema is JSON as `Schema` describes it.
    const own = schema?.openAPIV3Schema as Schema | undefined
    if (own && hasDefault(own)) schemas.set(`${spec.group}/${name}`, own)
  }
  return schemas
}

function hasDefault(schema: Schema): boolean {
  const { properties = {}, items, additionalProperties } = schema
  if (schema.default !== undefined) return true
  if (items && hasDefault(items)) return true
  if (typeof additionalProperties === 'object' && hasDefault(additionalProperties)) return true
  return Object.values(properties).some(hasDefault)
}
