import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts'
import type { KubeObject } from '../object.ts'
import { isKnownFormat } from '../schema/formats.ts'
import type { Schema } from '../schema/schema.ts'

/** Formats that a definition asks for and that nothing is held to; those that it had before are not named again. */
export function formatWarnings(definition: KubeObject, previous: KubeObject | undefined): string[] {
  const before = previous ? unknownFormats(previous) : new Set()
  return [...unknownFormats(definition)]
    .filter(format => !before.has(format))
    .map(format => `unrecognized format ${JSON.stringify(format)}`)
}

function unknownFormats(definition: KubeObject): Set<string> {
  const found = new Set<string>()
  // The caller gives definitions only.
  // A definition's schema is JSON as `Schema` describes it.
  for (const { schema } of (definition as unknown as CustomResourceDefinition).spec.versions)
    collect(schema?.openAPIV3Schema as Schema | undefined, found)
  return found
}

function collect(schema: Schema | undefined, found: Set<string>): void {
  if (!schema) return
  if (schema.format !== undefined && schema.format !== '' && !isKnownFormat(schema.type, schema.format))
    found.add(schema.format)
  const { items, allOf = [], anyOf = [], oneOf = [], not, properties = {}, additionalProperties } = schema
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined
  for (const child of [items, ...allOf, ...anyOf, ...oneOf, not, ...Object.values(properties), rest])
    collect(child, found)
}
