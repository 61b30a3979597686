import { toMicroTime, toTime } from '../../lib/clock.ts'
import { formatDuration } from '../duration.ts'
import { parseDuration } from '../../lib/go-duration.ts'
import { canonicalQuantity } from '../quantity.ts'
import { isJsonObject, type Json } from '../schema/schema.ts'
import type { SpecialType } from './messages.ts'
import { BYTES, ProtobufError, type Reader, VARINT } from './reader.ts'
import type { Writer } from './writer.ts'

/** CRD schemas exist in one version that matters; v1beta1's message has the same fields. */
const SCHEMA_MESSAGE = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

/** The JSON value of a message that is not an object of its fields; undefined where it stands for nothing. */
export function decodeSpecial(
  type: SpecialType,
  reader: Reader,
  decodeMessage: (message: string, reader: Reader) => Json,
): unknown {
  const fields = new Map<number, unknown>()
  const list: unknown[] = []
  while (!reader.done) {
    const tag = reader.uint()
    const number = tag >> 3
    const isText = type === 'quantity' || type === 'strings' || (type === 'intOrString' && number === 3)
    const isSchema = type === 'schemaOrBool' ? number === 2 : type === 'schemaOrArray' ? true : number === 1
    if ((tag & 7) === VARINT) fields.set(number, reader.int())
    else if ((tag & 7) !== BYTES) reader.skip(tag & 7)
    else if (type === 'json') fields.set(number, reader.bytes())
    else if (type.startsWith('schema') && isSchema) {
      const schema = decodeMessage(SCHEMA_MESSAGE, reader.nested())
      fields.set(number, schema)
      if (type === 'schemaOrArray' && number === 2) list.push(schema)
    } else if (isText || type === 'schemaOrStrings') {
      const text = reader.text()
      fields.set(number, text)
      if (type === 'strings' || type === 'schemaOrStrings') list.push(text)
    } else reader.skip(BYTES)
  }
  switch (type) {
    case 'quantity':
      return fields.get(1) ?? '0'
    case 'intOrString':
      return fields.get(1) === 1 ? (fields.get(3) ?? '') : (fields.get(2) ?? 0)
    case 'time':
      return fields.size === 0 ? undefined : toTime(milliseconds(fields))
    case 'microTime':
      return fields.size === 0 ? undefined : microTime(fields)
    case 'duration':
      return formatDuration(Number(fields.get(1) ?? 0) / 1e6)
    case 'json':
      return parseJson(fields.get(1))
    case 'strings':
      return list
    case 'schemaOrBool':
      return fields.get(2) ?? fields.get(1) === 1
    case 'schemaOrArray':
      return list.length > 0 ? list : fields.get(1)
    case 'schemaOrStrings':
      return list.length > 0 ? list : fields.get(1)
  }
}

function milliseconds(fields: ReadonlyMap<number, unknown>): number {
  const ms = Number(fields.get(1) ?? 0) * 1000 + Number(fields.get(2) ?? 0) / 1e6
  // RFC 3339 has years of four digits only.
  if (!(Math.abs(ms) < 253_402_300_800_000)) throw new ProtobufError('a time is out of range')
  return ms
}
function microTime(fields: ReadonlyMap<number, unknown>): string {
  const micros = Math.floor(Number(fields.get(2) ?? 0) / 1000) % 1000
  return `${toMicroTime(Math.floor(milliseconds(fields))).slice(0, -4)}${String(micros).padStart(3, '0')}Z`
}

function parseJson(raw: unknown): unknown {
  if (!(raw instanceof Uint8Array) || raw.length === 0) return undefined
  try {
    return JSON.parse(Buffer.from(raw).toString('utf8'))
  } catch (error) {
    throw new ProtobufError('an embedded object is not JSON', { cause: error })
  }
}

/** Writes the content of such a message, without its length. */
export function encodeSpecial(
  type: SpecialType,
  value: unknown,
  writer: Writer,
  encodeMessage: (message: string, object: Json) => void,
): void {
  const text = (number: number, content: unknown) => {
    writer.text(String(content))
    writer.tag(number, BYTES)
  }
  const int = (number: number, content: number) => {
    writer.int(content)
    writer.tag(number, VARINT)
  }
  const schema = (number: number, content: unknown) => {
    const before = writer.length
    encodeMessage(SCHEMA_MESSAGE, isJsonObject(content) ? content : {})
    writer.uint(writer.length - before)
    writer.tag(number, BYTES)
  }
  switch (type) {
    case 'quantity':
      text(1, canonicalQuantity(value as string | number))
      return
    case 'intOrString':
      text(3, typeof value === 'string' ? value : '')
      int(2, typeof value === 'number' ? value : 0)
      int(1, typeof value === 'string' ? 1 : 0)
      return
    case 'time':
    case 'microTime': {
      const { seconds, nanos } = timestamp(String(value))
      int(2, type === 'time' ? 0 : nanos)
      int(1, seconds)
      return
    }
    case 'duration':
      int(1, Math.round(parseDuration(String(value)) * 1e6))
      return
    case 'json':
      writer.bytes(Buffer.from(JSON.stringify(value)))
      writer.tag(1, BYTES)
      return
    case 'strings':
      for (const item of (value as unknown[]).toReversed()) text(1, item)
      return
    case 'schemaOrBool':
      if (isJsonObject(value)) schema(2, value)
      int(1, value === false ? 0 : 1)
      return
    case 'schemaOrArray':
      if (Array.isArray(value)) for (const item of value.toReversed()) schema(2, item)
      else schema(1, value)
      return
    case 'schemaOrStrings':
      if (Array.isArray(value)) for (const item of value.toReversed()) text(2, item)
      else schema(1, value)
  }
}

function timestamp(text: string): { seconds: number; nanos: number } {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new ProtobufError(`${JSON.stringify(text)} is not a time`)
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? ''
  return { seconds: Math.floor(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) }
}
