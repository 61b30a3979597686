import { isQuantity } from '../quantity.ts'
import { matchesFormat } from './formats.ts'
import { childPath, isJsonObject, type Schema } from './schema.ts'

/**
 * What Go's decoder would say of the first value that does not fit a built-in type, or undefined:
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
 */
export function decodeMismatch(schema: Schema, object: unknown): string | undefined {
  return find(schema, object, '', schema.typeName ?? 'Object')
}

function find(schema: Schema, value: unknown, path: string, struct: string): string | undefined {
  if (value === null || value === undefined) return undefined
  const problem = ofLeaf(schema, value)
  if (problem !== undefined)
    return problem.startsWith('!')
      ? problem.slice(1)
      : `json: cannot unmarshal ${jsonType(value)} into Go struct field ${struct}.${path} of type ${problem}`
  if (Array.isArray(value)) {
    if (!schema.items) return undefined
    for (const item of value) {
      const found = find(schema.items, item, path, struct)
      if (found) return found
    }
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const inner = schema.typeName ?? struct
  const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  for (const key in value) {
    const known =
      schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
    const child = known ?? rest
    const found = child && find(child, value[key], known ? childPath(path, key) : path, inner)
    if (found) return found
  }
  return undefined
}

/** The Go type that the value does not fit, `!` and a whole message, or undefined where it fits. */
function ofLeaf(schema: Schema, value: unknown): string | undefined {
  switch (schema.format) {
    case 'quantity':
      if (typeof value === 'number' || (typeof value === 'string' && isQuantity(value))) return undefined
      return "!quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    case 'date-time':
      if (typeof value === 'string' && !matchesFormat('date-time', value))
        return `!parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`
      break
    case 'byte':
      // Go decodes nothing to nothing, which the format of a schema is no name for.
      if (typeof value === 'string' && value !== '' && !matchesFormat('byte', value.replace(/[\r\n]/g, '')))
        return `!illegal base64 data at input byte ${corruptAt(value)}`
      break
    case 'int32':
      if (
        typeof value === 'number' &&
        Number.isInteger(value) &&
        Math.abs(value) > 0x7fffffff &&
        value !== -0x80000000
      )
        return 'int32'
      break
  }
  if (schema['x-kubernetes-int-or-string'])
    return typeof value === 'string' || Number.isInteger(value) ? undefined : 'intstr.IntOrString'
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' ? undefined : 'string'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'bool'
    case 'integer':
      return Number.isInteger(value) ? undefined : (schema.format ?? 'int64')
    case 'number':
      return typeof value === 'number' ? undefined : 'float64'
    case 'array':
      return Array.isArray(value) ? undefined : `[]${goType(schema.items)}`
    case 'object':
      return isJsonObject(value) ? undefined : goType(schema)
    default:
      return undefined
  }
}

/** Where Go's decoder finds the fault: at the first byte that is none of base64's, else at the piece that is too short. */
function corruptAt(text: string): number {
  const stranger = text.search(/[^A-Za-z0-9+/=\r\n]/)
  return stranger < 0 ? text.length - (text.length % 4) : stranger
}

function goType(schema: Schema | undefined): string {
  if (schema?.goType) return schema.goType
  if (typeof schema?.additionalProperties === 'object')
    return `map[string]${goType(schema.additionalProperties)}`
  return schema?.type === 'boolean' ? 'bool' : (schema?.format ?? schema?.type ?? 'interface {}')
}

const jsonType = (value: unknown): string =>
  Array.isArray(value)
    ? 'array'
    : typeof value === 'boolean'
      ? 'bool'
      : typeof value === 'number' && (!Number.isInteger(value) || Math.abs(value) > 0x7fffffff)
        ? `number ${value}`
        : typeof value
