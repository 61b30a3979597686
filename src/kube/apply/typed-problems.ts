import { isJsonObject, type Schema } from '../schema/schema.ts'
import { goString } from '../schema/restore.ts'
import { pathToString } from './field-set.ts'
import { elementOf, fieldSchema, isClosed, missingKey } from './structure.ts'

/**
 * All that structured-merge-diff says of an applied configuration that does not fit its type, as `path: why`:
 * fields that are not declared, values of another type, list items without their key or with one that occurs twice.
 */
export function typedProblems(schema: Schema | undefined, config: unknown): string[] {
  const problems: string[] = []
  walk({ schema, value: config, path: '' }, problems)
  return problems
}

/** Whether a value that is owned as one piece is of another type than its schema says. */
export const isMisfit = (schema: Schema, value: unknown): boolean => mismatch(schema, value) !== undefined

interface Place {
  schema: Schema | undefined
  value: unknown
  path: string
}

function walk({ schema, value, path }: Place, problems: string[]): void {
  if (!schema || value === null || value === undefined) return
  const why = mismatch(schema, value)
  if (why !== undefined) problems.push(`${path}: ${why}`)
  else if (Array.isArray(value)) walkList({ schema, value, path }, problems)
  else if (isJsonObject(value))
    for (const key of Object.keys(value)) {
      const field = fieldSchema(schema, key)
      const at = `${path}.${key}`
      if (field) walk({ schema: field, value: value[key], path: at }, problems)
      else if (isClosed(schema)) problems.push(`${at}: field not declared in schema`)
    }
}

function walkList(
  { schema, value, path }: Place & { schema: Schema; value: readonly unknown[] },
  problems: string[],
) {
  const type = schema['x-kubernetes-list-type']
  const isAssociative = type === 'map' || type === 'set'
  const seen = new Set<string>()
  for (const [index, item] of value.entries()) {
    const element = isAssociative ? elementOf(schema, item) : `i:${index}`
    if (element === undefined) {
      problems.push(
        `${path}: element ${index}: associative list with keys has an element that omits key field ${missingKey(schema, item)} (and doesn't have default value)`,
      )
      // As upstream: nothing can be said of what has no path.
      return
    }
    const at = pathToString([element])
    if (seen.has(element)) problems.push(`${path}: duplicate entries for key ${at}`)
    seen.add(element)
    walk({ schema: schema.items, value: item, path: `${path}${at}` }, problems)
  }
}

const isScalar = (value: unknown) => typeof value !== 'object'

/** Values that Go keeps as one word: quantities, times, numbers or names. */
const isUntyped = ({ format, ...schema }: Schema) =>
  schema['x-kubernetes-int-or-string'] === true || format === 'quantity' || format === 'date-time'

function mismatch(schema: Schema, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  if (isUntyped(schema)) return isScalar(value) ? undefined : `expected any scalar, got &{${goString(value)}}`
  switch (schema.type) {
    case 'string':
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goString(value)}}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goString(value)}}`
    case 'integer':
    case 'number':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`
    case 'array':
      return Array.isArray(value) ? undefined : `expected list, got &{${goString(value)}}`
    case 'object':
      return isJsonObject(value) ? undefined : `expected map, got &{${goString(value)}}`
    default:
      return undefined
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
