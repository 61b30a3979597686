import { isJsonObject, type Json } from '../schema/schema.ts'
import { apiError } from '../status.ts'
import { MAGIC } from './decode.ts'
import { type Field, type FieldType, messageName, messageOf } from './messages.ts'
import { BYTES, FIXED64, ProtobufError, VARINT } from './reader.ts'
import { encodeSpecial } from './special.ts'
import { Writer } from './writer.ts'

/** Whether a kind has a protobuf form: built-in ones do, custom ones do not. */
export const hasProtobuf = (apiVersion: string, kind: string): boolean =>
  messageName(apiVersion, kind) !== undefined

/**
 * Encodes an object of a built-in kind with its envelope. `as` is the kind of what does not name its own
 * (watch events). Throws ApiError: NotAcceptable where the kind has no protobuf form.
 */
export function encodeProtobuf(object: object, as?: { apiVersion: string; kind: string }): Buffer {
  const { apiVersion = '', kind = '' } = object as { apiVersion?: string; kind?: string }
  const name = as ? messageName(as.apiVersion, as.kind) : messageName(apiVersion, kind)
  if (name === undefined)
    throw apiError('NotAcceptable', `${kind} in version "${apiVersion}" has no protobuf form`)
  const writer = new Writer()
  try {
    // runtime.Unknown, backwards: contentType, contentEncoding, raw, typeMeta.
    for (const number of [4, 3]) {
      writer.text('')
      writer.tag(number, BYTES)
    }
    nested(writer, 2, () => encodeMessage(writer, name, object as Json))
    nested(writer, 1, () => {
      writer.text(kind)
      writer.tag(2, BYTES)
      writer.text(apiVersion)
      writer.tag(1, BYTES)
    })
  } catch (error) {
    if (!(error instanceof ProtobufError || error instanceof RangeError)) throw error
    throw apiError(
      'InternalError',
      `${kind} cannot be written as protobuf: ${error.message}`,
      undefined,
      error,
    )
  }
  writer.raw(MAGIC)
  return writer.finish()
}

function nested(writer: Writer, number: number, write: () => void): void {
  const before = writer.length
  write()
  writer.uint(writer.length - before)
  writer.tag(number, BYTES)
}

function encodeMessage(writer: Writer, name: string, object: Json): void {
  for (const field of messageOf(name).descending) {
    if (field.inline) {
      encodeInline(writer, field, object)
      continue
    }
    const value = object[field.name]
    if (value === undefined || value === null) continue
    if (field.map) encodeMap(writer, field, value)
    else if (field.repeated) {
      if (Array.isArray(value))
        for (const item of value.toReversed()) encodeValue(writer, field.number, field.type, item)
    } else encodeValue(writer, field.number, field.type, value)
  }
}

/** The fields of an embedded message come from the parent's JSON. Left out where the parent has none of them. */
function encodeInline(writer: Writer, field: Field, object: Json): void {
  const message = (field.type as { message: string }).message
  const before = writer.length
  encodeMessage(writer, message, object)
  if (writer.length === before) return
  writer.uint(writer.length - before)
  writer.tag(field.number, BYTES)
}

function encodeMap(writer: Writer, { number, type }: Field, value: unknown): void {
  if (!isJsonObject(value)) return
  // Go sorts by bytes; keys of maps are ASCII by validation.
  for (const key of Object.keys(value).sort().reverse())
    nested(writer, number, () => {
      // A null among times is Go's zero time, which has no bytes.
      if (value[key] === null) nested(writer, 2, () => {})
      else encodeValue(writer, 2, type, value[key])
      writer.text(key)
      writer.tag(1, BYTES)
    })
}

function encodeValue(writer: Writer, number: number, type: FieldType, value: unknown): void {
  if (type.kind === 'message') {
    nested(writer, number, () => encodeMessage(writer, type.message, isJsonObject(value) ? value : {}))
    return
  }
  if (type.kind === 'special') {
    nested(writer, number, () =>
      encodeSpecial(type.special, value, writer, (message, object) => encodeMessage(writer, message, object)),
    )
    return
  }
  switch (type.scalar) {
    case 'string':
      writer.text(String(value))
      writer.tag(number, BYTES)
      return
    case 'bytes':
      writer.bytes(Buffer.from(String(value), 'base64'))
      writer.tag(number, BYTES)
      return
    case 'bool':
      writer.uint(value === true ? 1 : 0)
      writer.tag(number, VARINT)
      return
    case 'int32':
    case 'int64':
      writer.int(Number(value))
      writer.tag(number, VARINT)
      return
    case 'double':
      writer.double(Number(value))
      writer.tag(number, FIXED64)
  }
}
