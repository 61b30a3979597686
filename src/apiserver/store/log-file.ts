import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import {
  decodeHeader,
  decodePayload,
  FORMAT_VERSION,
  FRAME_BYTES,
  type FileKind,
  HEADER_BYTES,
  type Header,
  type LogRecord,
  MAX_RECORD_BYTES,
} from './log-format.ts'

/** The files cannot be used by this build, and nothing was changed in them. */
export class StoreFormatError extends Error {
  override name = 'StoreFormatError'
}

/** Acknowledged data is damaged. */
export class StoreCorruptError extends Error {
  override name = 'StoreCorruptError'
}

/** Read at once, however large the file is. */
const CHUNK_BYTES = 1024 * 1024

/** The header of an open file; undefined where it has none that is whole. Throws on one of a newer version. */
export async function readHeader(
  file: FileHandle,
  kind: FileKind,
  path: string,
): Promise<Header | undefined> {
  const bytes = Buffer.alloc(HEADER_BYTES)
  const { bytesRead } = await file.read(bytes, 0, HEADER_BYTES, 0)
  const header = decodeHeader(kind, bytes.subarray(0, bytesRead))
  if (header && header.version > FORMAT_VERSION)
    throw new StoreFormatError(
      `${path} has format ${header.version}, written by a newer Drave; this one reads up to ${FORMAT_VERSION}. Use that version, or another data directory.`,
    )
  return header
}

/**
 * Reads records until the end or the first that is not whole, or until `visit` returns false. Yields the length
 * of what is good.
 */
export async function readRecords(file: FileHandle, visit: (record: LogRecord) => boolean): Promise<number> {
  let buffer = Buffer.alloc(0)
  let position = HEADER_BYTES
  let good = HEADER_BYTES
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, wanted(buffer) - buffer.length))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
    position += bytesRead
    buffer =
      buffer.length === 0
        ? chunk.subarray(0, bytesRead)
        : Buffer.concat([buffer, chunk.subarray(0, bytesRead)])
    let at = 0
    for (;;) {
      const found = recordAt(buffer, at)
      if (found === 'incomplete') break
      if (found === 'broken' || !visit(found.record)) return good + at
      at = found.end
    }
    good += at
    buffer = buffer.subarray(at)
    if (bytesRead === 0) return good
  }
}

/** How long the buffer must be for its first record to be whole, as far as that is known. */
function wanted(buffer: Buffer): number {
  return buffer.length < FRAME_BYTES
    ? FRAME_BYTES
    : FRAME_BYTES + Math.min(buffer.readUInt32LE(0), MAX_RECORD_BYTES)
}

function recordAt(buffer: Buffer, at: number): 'incomplete' | 'broken' | { record: LogRecord; end: number } {
  if (buffer.length - at < FRAME_BYTES) return 'incomplete'
  const size = buffer.readUInt32LE(at)
  if (size === 0 || size > MAX_RECORD_BYTES) return 'broken'
  const end = at + FRAME_BYTES + size
  if (buffer.length < end) return 'incomplete'
  const payload = buffer.subarray(at + FRAME_BYTES, end)
  if (crc32(payload) !== buffer.readUInt32LE(at + 4)) return 'broken'
  const record = decodePayload(payload)
  return record ? { record, end } : 'broken'
}
