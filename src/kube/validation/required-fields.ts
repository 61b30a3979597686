import { childPath, isJsonObject, type Schema } from '../schema/schema.ts'
import type { Rules } from './rules.ts'

/** For kinds without rules of their own: what their schema says must be there, the status left aside. */
export function checkRequiredFields(rules: Rules, schema: Schema, object: object): void {
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    if (key !== 'metadata' && key !== 'status')
      check(rules, child, (object as Record<string, unknown>)[key], key)
  for (const key of schema.required ?? [])
    if (key !== 'metadata') requireField(rules, object as Record<string, unknown>, '', key)
}

function check(rules: Rules, schema: Schema, value: unknown, path: string): void {
  if (Array.isArray(value)) {
    if (schema.items)
      for (const [index, item] of value.entries()) check(rules, schema.items, item, `${path}[${index}]`)
    return
  }
  if (!isJsonObject(value)) return
  for (const key of schema.required ?? []) requireField(rules, value, path, key)
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  for (const key of Object.keys(value)) {
    const child = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : rest
    if (child) check(rules, child, value[key], childPath(path, key))
  }
}

function requireField(rules: Rules, object: Record<string, unknown>, path: string, key: string): void {
  if (object[key] === undefined || object[key] === null) rules.required(childPath(path, key), undefined)
}
