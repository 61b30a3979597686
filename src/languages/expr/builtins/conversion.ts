import { OperationError } from '../expr-error.ts'
import { format, fromJson, Instant, typeName, type Value } from '../value.ts'
import { type Builtin, builtin, text } from './builtin.ts'

/** Go's encoding/json: keys in order, and `<`, `>`, `&` escaped. */
function toJson(value: Value, indent: string): string {
  const inner = `${indent}  `
  const block = (open: string, parts: readonly string[], close: string): string =>
    parts.length === 0 ? open + close : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`
  if (Array.isArray(value))
    return block(
      '[',
      value.map(item => toJson(item, inner)),
      ']',
    )
  if (value instanceof Map) {
    const keys = [...value.keys()].map(key => {
      if (typeof key !== 'string')
        throw new OperationError(`toJSON: a map key must be a string (got ${typeName(key)})`)
      return key
    })
    return block(
      '{',
      keys.sort().map(key => `${quote(key)}: ${toJson(value.get(key) ?? null, inner)}`),
      '}',
    )
  }
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new OperationError(`toJSON: unsupported value: ${format(value)}`)
  if (value instanceof Instant) return quote(format(value))
  if (typeof value === 'function' || (value !== null && typeof value === 'object'))
    throw new OperationError(`toJSON: unsupported type: ${typeName(value)}`)
  return String(value)
}

const quote = (value: string): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

function parseJson(value: string): Value {
  try {
    return fromJson(JSON.parse(value))
  } catch (cause) {
    throw new OperationError(`fromJSON: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

function fromBase64(value: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value))
    throw new OperationError('illegal base64 data')
  return Buffer.from(value, 'base64').toString()
}

export const conversion: Record<string, Builtin> = {
  type: builtin(1, 1, ([value = null]) => typeName(value)),
  string: builtin(1, 1, ([value = null], { budget }) => {
    const printed = format(value)
    budget.spend(printed.length)
    return printed
  }),
  toJSON: builtin(1, 1, ([value = null], { budget }) => {
    const json = toJson(value, '')
    budget.spend(json.length)
    return json
  }),
  fromJSON: builtin(1, 1, (args, { budget }) => {
    const json = text(args, 0, 'fromJSON')
    budget.spend(json.length)
    return parseJson(json)
  }),
  toBase64: builtin(1, 1, args => Buffer.from(text(args, 0, 'toBase64')).toString('base64')),
  fromBase64: builtin(1, 1, args => fromBase64(text(args, 0, 'fromBase64'))),
}
