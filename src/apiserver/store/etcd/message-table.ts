import { BYTES, type Reader, VARINT } from '../../../kube/protobuf/reader.ts'
import { Writer } from '../../../kube/protobuf/writer.ts'

/** How one field is written: a scalar, a message, or a list of messages. */
type FieldType = 'int' | 'bool' | 'text' | 'bytes' | MessageTable | readonly [MessageTable]
/** A protobuf message: its fields by name, each with its number and type. */
export interface MessageTable {
  readonly [name: string]: readonly [number: number, type: FieldType]
}

type Scalar<T> = T extends 'int'
  ? number
  : T extends 'bool'
    ? boolean
    : T extends 'text'
      ? string
      : T extends 'bytes'
        ? Buffer
        : never

/** What can be encoded: every field may be left out. */
export type Draft<M> = {
  [K in keyof M]?: M[K] extends readonly [number, infer T]
    ? T extends readonly [infer Item]
      ? Draft<Item>[]
      : T extends MessageTable
        ? Draft<T>
        : Scalar<T>
    : never
}

/** What decoding yields: absent scalars are their zero, absent lists empty, absent messages undefined. */
export type Decoded<M> = {
  [K in keyof M]: M[K] extends readonly [number, infer T]
    ? T extends readonly [infer Item]
      ? Decoded<Item>[]
      : T extends MessageTable
        ? Decoded<T> | undefined
        : Scalar<T>
    : never
}

/** The message in the protobuf wire format; zeros are left out, as proto3 has it. */
export function encode<M extends MessageTable>(table: M, value: Draft<M>): Buffer {
  const writer = new Writer()
  writeMessage(writer, table, value)
  return writer.finish()
}

function writeMessage(writer: Writer, table: MessageTable, value: Record<string, unknown>): void {
  // The writer goes from the end to the front.
  for (const [name, [number, type]] of Object.entries(table).reverse()) {
    const field = value[name]
    if (field === undefined) continue
    if (Array.isArray(type))
      for (const item of [...(field as unknown[])].reverse()) writeField(writer, number, type[0], item)
    else writeField(writer, number, type as FieldType, field)
  }
}

/** `Draft` has made sure that the value is of the type that the table names. */
function writeField(writer: Writer, number: number, type: FieldType, value: unknown): void {
  switch (type) {
    case 'int':
    case 'bool':
      if (!value) return
      writer.int(Number(value))
      writer.tag(number, VARINT)
      return
    case 'text':
      writer.text(value as string)
      break
    case 'bytes':
      writer.bytes(value as Buffer)
      break
    default: {
      const before = writer.length
      writeMessage(writer, type as MessageTable, value as Record<string, unknown>)
      writer.uint(writer.length - before)
    }
  }
  writer.tag(number, BYTES)
}

/** Reads a message; fields that the table does not name are skipped. Throws ProtobufError on malformed bytes. */
export function decode<M extends MessageTable>(table: M, reader: Reader): Decoded<M> {
  const value: Record<string, unknown> = {}
  const byNumber = new Map<number, string>()
  for (const [name, [number, type]] of Object.entries(table)) {
    byNumber.set(number, name)
    value[name] = zeroOf(type)
  }
  while (!reader.done) {
    const tag = reader.uint()
    const name = byNumber.get(Math.floor(tag / 8))
    const type = name === undefined ? undefined : table[name]?.[1]
    if (name === undefined || type === undefined) reader.skip(tag & 7)
    else if (Array.isArray(type)) (value[name] as unknown[]).push(decode(type[0], reader.nested()))
    else value[name] = readField(reader, type as FieldType)
  }
  // Every field of the table was given its zero above, and values of its type since.
  return value as Decoded<M>
}

function readField(reader: Reader, type: FieldType): unknown {
  switch (type) {
    case 'int':
      return reader.int()
    case 'bool':
      return reader.int() !== 0
    case 'text':
      return reader.text()
    case 'bytes':
      return reader.bytes()
    default:
      return decode(type as MessageTable, reader.nested())
  }
}

function zeroOf(type: FieldType): unknown {
  if (Array.isArray(type)) return []
  switch (type) {
    case 'int':
      return 0
    case 'bool':
      return false
    case 'text':
      return ''
    case 'bytes':
      return Buffer.alloc(0)
    default:
      return undefined
  }
}
