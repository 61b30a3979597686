import { canonicalQuantity } from '../quantity.ts'
import { isJsonObject, type Schema } from '../schema/schema.ts'

const holders = new WeakMap<Schema, boolean>()

/** Whether a quantity can stand anywhere in a node; cycles (JSONSchemaProps) hold none. */
function holdsQuantity(schema: Schema): boolean {
  if (schema.format === 'quantity') return true
  const known = holders.get(schema)
  if (known !== undefined) return known
  holders.set(schema, false)
  const children = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ]
  const result = children.some(holdsQuantity)
  holders.set(schema, result)
  return result
}

/** Rewrites quantities in place to the form that upstream stores: `1000m` to `1`, the number 2 to `"2"`. */
export function canonicalQuantities(schema: Schema, value: unknown): void {
  if (!holdsQuantity(schema)) return
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) canonicalQuantities(schema.items, item)
    return
  }
  if (!isJsonObject(value)) return
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  for (const key of Object.keys(value)) {
    const child = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : rest
    const current = value[key]
    if (!child || current === undefined || current === null) continue
    if (child.format !== 'quantity') canonicalQuantities(child, current)
    else if (typeof current === 'string' || typeof current === 'number') value[key] = canonicalOr(current)
  }
}

/** Text that is no quantity stays, for validation to name. */
function canonicalOr(value: string | number): string | number {
  try {
    return canonicalQuantity(value)
  } catch {
    return value
  }
}
