import type { Json } from '../schema/schema.ts'
import { apiError } from '../status.ts'
import { type Field, type FieldType, messageName, messageOf, type ScalarType } from './messages.ts'
import { BYTES, FIXED64, ProtobufError, Reader, VARINT } from './reader.ts'
import { decodeSpecial } from './special.ts'

export const MAGIC = Buffer.from('k8s\0', 'latin1')
/** Deeper nesting than any kind needs, except schemas of CRDs. */
const MAX_DEPTH = 200

export interface Decoded {
  apiVersion: string
  kind: string
  /** As its JSON form would parse, apiVersion and kind included. */
  object: Json
}

/**
 * Decodes a body of `application/vnd.kubernetes.protobuf`. `expected` is the kind of an envelope that names none
 * (watch events). Throws ApiError (BadRequest) on malformed bytes or an unknown kind.
 */
export function decodeProtobuf(bytes: Uint8Array, expected?: { apiVersion: string; kind: string }): Decoded {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (!buffer.subarray(0, 4).equals(MAGIC))
      throw new ProtobufError(
        'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
      )
    const envelope = decodeUnknown(new Reader(buffer, 4))
    const { apiVersion, kind } = envelope.kind ? envelope : (expected ?? envelope)
    const name = messageName(apiVersion, kind)
    if (name === undefined)
      throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`)
    const object: Json = envelope.kind ? { kind, apiVersion } : {}
    decodeMessage(new Reader(envelope.raw), name, object, 0)
    return { apiVersion, kind, object }
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    throw apiError('BadRequest', `unable to decode the protobuf body: ${error.message}`, undefined, error)
  }
}

/** The runtime.Unknown envelope. */
function decodeUnknown(reader: Reader): { apiVersion: string; kind: string; raw: Buffer } {
  const result: { apiVersion: string; kind: string; raw: Buffer } = {
    apiVersion: '',
    kind: '',
    raw: Buffer.alloc(0),
  }
  while (!reader.done) {
    const tag = reader.uint()
    if (tag === 8 * 1 + BYTES) {
      const meta = reader.nested()
      while (!meta.done) {
        const inner = meta.uint()
        if (inner === 8 * 1 + BYTES) result.apiVersion = meta.text()
        else if (inner === 8 * 2 + BYTES) result.kind = meta.text()
        else meta.skip(inner & 7)
      }
    } else if (tag === 8 * 2 + BYTES) result.raw = reader.bytes()
    else reader.skip(tag & 7)
  }
  return result
}

function decodeMessage(reader: Reader, name: string, into: Json, depth: number): void {
  if (depth > MAX_DEPTH) throw new ProtobufError(`nested deeper than ${MAX_DEPTH} messages`)
  const { byNumber } = messageOf(name)
  while (!reader.done) {
    const tag = reader.uint()
    const field = byNumber.get(Math.floor(tag / 8))
    if (!field) reader.skip(tag & 7)
    else decodeField(reader, tag & 7, field, into, depth)
  }
}

function decodeField(reader: Reader, wireType: number, field: Field, into: Json, depth: number): void {
  const { name, type } = field
  if (field.map) {
    expect(wireType, BYTES, name)
    const [key, value] = decodeEntry(reader.nested(), type, depth)
    into[name] ??= {}
    // Defined, not assigned: a key may be `__proto__`.
    Object.defineProperty(into[name], key, { value, enumerable: true, writable: true, configurable: true })
    return
  }
  if (field.inline && type.kind === 'message') {
    expect(wireType, BYTES, name)
    decodeMessage(reader.nested(), type.message, into, depth + 1)
    return
  }
  const value = decodeValue(reader, wireType, type, name, depth)
  if (value === undefined) return
  if (field.repeated) {
    into[name] ??= []
    const list = into[name] as unknown[]
    list.push(value)
  } else if (field.pointer || type.kind !== 'scalar' || !isZero(value)) into[name] = value
  else delete into[name]
}

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false

function decodeEntry(reader: Reader, type: FieldType, depth: number): [string, unknown] {
  let key = ''
  let value: unknown
  while (!reader.done) {
    const tag = reader.uint()
    if (tag === 8 * 1 + BYTES) key = reader.text()
    else if (tag >> 3 === 2) value = decodeValue(reader, tag & 7, type, key, depth)
    else reader.skip(tag & 7)
  }
  return [key, value ?? emptyOf(type)]
}
const emptyOf = (type: FieldType): unknown => {
  if (type.kind === 'scalar')
    return { string: '', bytes: '', bool: false, int32: 0, int64: 0, double: 0 }[type.scalar]
  return type.kind === 'special' ? null : {}
}

const wireTypes: Readonly<Record<ScalarType, number>> = {
  string: BYTES,
  bytes: BYTES,
  bool: VARINT,
  int32: VARINT,
  int64: VARINT,
  double: FIXED64,
}

function decodeValue(
  reader: Reader,
  wireType: number,
  type: FieldType,
  name: string,
  depth: number,
): unknown {
  if (type.kind === 'scalar') {
    expect(wireType, wireTypes[type.scalar], name)
    switch (type.scalar) {
      case 'string':
        return reader.text()
      case 'bytes':
        return reader.bytes().toString('base64')
      case 'bool':
        return reader.int() !== 0
      case 'int32':
        return reader.int() | 0
      case 'int64':
        return reader.int()
      case 'double':
        return reader.double()
    }
  }
  expect(wireType, BYTES, name)
  const nested = reader.nested()
  const decodeNested = (message: string, from: Reader) => {
    const object: Json = {}
    decodeMessage(from, message, object, depth + 1)
    return object
  }
  return type.kind === 'message'
    ? decodeNested(type.message, nested)
    : decodeSpecial(type.special, nested, decodeNested)
}

function expect(actual: number, wanted: number, field: string): void {
  if (actual !== wanted) throw new ProtobufError(`wrong wire type ${actual} for field ${field}`)
}
