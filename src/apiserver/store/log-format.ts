import { crc32 } from 'node:zlib'
import type { StorageRecord } from './storage.ts'

/** The version this build writes; it reads this one and all before. */
export const FORMAT_VERSION = 1

/** A header is: magic (8 bytes), format version (4), zero (4), base revision (8), CRC-32 of these (4), zero (4). */
export const HEADER_BYTES = 32
const HEADER_CHECKED = 24

export type FileKind = 'log' | 'snapshot'
const magic: Record<FileKind, string> = { log: 'DRAVELOG', snapshot: 'DRAVESNP' }

export interface Header {
  version: number
  /** Records of a log carry higher revisions; a snapshot is the state at this one. */
  baseRevision: number
}

export function encodeHeader(kind: FileKind, baseRevision: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(magic[kind], 0, 'latin1')
  header.writeUInt32LE(FORMAT_VERSION, 8)
  header.writeBigUInt64LE(BigInt(baseRevision), 16)
  header.writeUInt32LE(crc32(header.subarray(0, HEADER_CHECKED)), HEADER_CHECKED)
  return header
}

/** Undefined where these bytes are no header. */
export function decodeHeader(kind: FileKind, bytes: Buffer): Header | undefined {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 8) !== magic[kind]) return undefined
  const version = bytes.readUInt32LE(8)
  // What follows the version is up to that version.
  if (version > FORMAT_VERSION) return { version, baseRevision: 0 }
  if (bytes.readUInt32LE(HEADER_CHECKED) !== crc32(bytes.subarray(0, HEADER_CHECKED))) return undefined
  return { version, baseRevision: Number(bytes.readBigUInt64LE(16)) }
}

/**
 * A record is: length of the payload (4 bytes), CRC-32 of the payload (4), payload. A payload is: operation (1),
 * zero (1), lengths of resource, namespace and name (2 each), revision (8), these three, the object's JSON text.
 */
export const FRAME_BYTES = 8
const FIXED_BYTES = 16
/** Above what a request may send; a longer length on disk is not a record. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024

/** What two bytes of length can say. */
export const MAX_KEY_BYTES = 0xffff

/** `end` closes a snapshot: its revision counts the records before it. */
export type Operation = StorageRecord['operation'] | 'end'
const operations: readonly Operation[] = ['put', 'delete', 'end']

export interface LogRecord extends Omit<StorageRecord, 'operation'> {
  operation: Operation
}

export function encodeRecords(records: readonly LogRecord[]): Buffer {
  const sizes = records.map(
    record => FIXED_BYTES + Buffer.byteLength(keysOf(record)) + Buffer.byteLength(record.text),
  )
  const total = sizes.reduce((sum, size) => sum + FRAME_BYTES + size, 0)
  const buffer = Buffer.allocUnsafe(total)
  let at = 0
  records.forEach((record, index) => {
    const size = sizes[index] ?? 0
    const payload = buffer.subarray(at + FRAME_BYTES, at + FRAME_BYTES + size)
    encodePayload(record, payload)
    buffer.writeUInt32LE(size, at)
    buffer.writeUInt32LE(crc32(payload), at + 4)
    at += FRAME_BYTES + size
  })
  return buffer
}

const keysOf = ({ resource, namespace, name }: LogRecord) => resource + namespace + name

function encodePayload(record: LogRecord, payload: Buffer): void {
  let at = FIXED_BYTES
  payload.writeUInt16LE(operations.indexOf(record.operation), 0)
  ;[record.resource, record.namespace, record.name].forEach((text, index) => {
    const length = payload.write(text, at)
    payload.writeUInt16LE(length, 2 + 2 * index)
    at += length
  })
  payload.writeBigUInt64LE(BigInt(record.revision), 8)
  payload.write(record.text, at)
}

/** The record in a payload whose checksum is right; undefined where it is none that this version writes. */
export function decodePayload(payload: Buffer): LogRecord | undefined {
  const operation = operations[payload[0] ?? 255]
  if (!operation || payload.length < FIXED_BYTES) return undefined
  let at = FIXED_BYTES
  const next = (index: number) => {
    const start = at
    at += payload.readUInt16LE(2 + 2 * index)
    return payload.toString('utf8', start, at)
  }
  const [resource, namespace, name] = [next(0), next(1), next(2)]
  if (at > payload.length) return undefined
  const revision = Number(payload.readBigUInt64LE(8))
  return { operation, revision, resource, namespace, name, text: payload.toString('utf8', at) }
}
