import { isJsonObject, type Json, type Schema } from '../schema/schema.ts'
import { appliedSet } from './applied-set.ts'
import { compareObjects } from './compare.ts'
import { difference, emptySet, type FieldSet } from './field-set.ts'
import { asObject } from './structure.ts'

/** Where `kubectl apply` keeps what it applied last. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** The annotation's text, or undefined. */
export function lastAppliedText(object: Json): string | undefined {
  const text = asObject(asObject(object['metadata'])['annotations'])[lastAppliedAnnotation]
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The fields that client-side apply set and that are still as it set them; empty where there is no such record. */
export function ownedByClientSideApply(schema: Schema | undefined, live: Json): FieldSet {
  const text = lastAppliedText(live)
  if (text === undefined) return emptySet
  try {
    const config: unknown = JSON.parse(text)
    if (!isJsonObject(config)) return emptySet
    if (config['apiVersion'] !== live['apiVersion'] || config['kind'] !== live['kind']) return emptySet
    const { added, modified, removed } = compareObjects(schema, live, config, [])
    return [added, modified, removed].reduce(difference, appliedSet(schema, config, []))
  } catch {
    // A record that does not parse or fit the schema gives no right to anything.
    return emptySet
  }
}
