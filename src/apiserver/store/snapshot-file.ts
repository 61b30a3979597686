import { open, rename, rm } from 'node:fs/promises'
import { type NamedFile, snapshotPath, syncDirectory } from './log-directory.ts'
import { readHeader, readRecords, StoreCorruptError } from './log-file.ts'
import { encodeHeader, encodeRecords, type LogRecord } from './log-format.ts'
import type { StorageRecord } from './storage.ts'

/** Written at once; other work goes on between. */
const CHUNK_CHARACTERS = 1024 * 1024

/** Writes the state at a revision under its final name once it is whole and on disk. Yields its size. */
export async function writeSnapshot(
  directory: string,
  revision: number,
  records: Iterable<StorageRecord>,
): Promise<number> {
  const path = snapshotPath(directory, revision)
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  let bytes = 0
  try {
    for (const chunk of snapshotChunks(revision, records)) {
      await file.writeFile(chunk)
      bytes += chunk.length
    }
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncDirectory(directory)
  return bytes
}

/** The bytes of a snapshot, part by part. */
export function* snapshotChunks(revision: number, records: Iterable<StorageRecord>): Generator<Buffer> {
  yield encodeHeader('snapshot', revision)
  let count = 0
  for (const chunk of chunks(records)) {
    yield encodeRecords(chunk)
    count += chunk.length
  }
  yield encodeRecords([
    { operation: 'end', revision: count, resource: '', namespace: '', name: '', text: '' },
  ])
}

/** Reads a snapshot through; throws StoreCorruptError or StoreFormatError where it is none that is whole. */
export async function inspectSnapshot(
  path: string,
): Promise<{ revision: number; objects: number; bytes: number }> {
  const file = await open(path, 'r')
  let revision: number
  try {
    const header = await readHeader(file, 'snapshot', path)
    if (!header) throw new StoreCorruptError(`${path}: this is no snapshot, or its header is damaged`)
    revision = header.baseRevision
  } finally {
    await file.close()
  }
  let objects = 0
  const bytes = await readSnapshot({ path, revision }, () => {
    objects++
  })
  return { revision, objects, bytes }
}

function* chunks(records: Iterable<StorageRecord>): Generator<StorageRecord[]> {
  let chunk: StorageRecord[] = []
  let characters = 0
  for (const record of records) {
    chunk.push(record)
    characters += record.text.length
    if (characters < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = []
    characters = 0
  }
  if (chunk.length > 0) yield chunk
}

/** Reads a snapshot; throws where it is not whole. Yields its size. */
export async function readSnapshot(
  { path, revision }: NamedFile,
  visit: (record: StorageRecord) => void,
): Promise<number> {
  const file = await open(path, 'r')
  try {
    const header = await readHeader(file, 'snapshot', path)
    if (header?.baseRevision !== revision) throw new StoreCorruptError(`${path}: the header is damaged`)
    let count = 0
    let end: LogRecord | undefined
    const bytes = await readRecords(file, record => {
      if (record.operation === 'end') {
        end = record
        return false
      }
      visit({ ...record, operation: 'put' })
      count++
      return true
    })
    if (end?.revision !== count)
      throw new StoreCorruptError(`${path}: damaged at byte ${bytes}, after ${count} objects`)
    return bytes
  } finally {
    await file.close()
  }
}
