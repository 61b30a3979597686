import { constants, createReadStream, writeSync } from 'node:fs'
import { mkdir, open, rm, truncate } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../logger.ts'
import { DiskPace } from './disk-pace.ts'
import { listFiles, logPath, type NamedFile, syncDirectory } from './log-directory.ts'
import { readHeader, readRecords, StoreCorruptError } from './log-file.ts'
import { type Migration, settleFormat } from './format-file.ts'
import { encodeHeader, encodeRecords, FORMAT_VERSION, HEADER_BYTES } from './log-format.ts'
import { readSnapshot, writeSnapshot } from './snapshot-file.ts'
import type { Storage, StorageContents, StorageReader, StorageRecord } from './storage.ts'

/** History this long, and longer than the last snapshot, is replaced by a snapshot. */
const SNAPSHOT_AFTER_BYTES = 16 * 1024 * 1024

/**
 * A log grows in steps, by zeros: syncing a write inside a file costs only that write, while one that makes the file
 * longer also waits for the file system's journal, and for whoever else does.
 */
const MIN_STEP_BYTES = 64 * 1024
const MAX_STEP_BYTES = 1024 * 1024

/**
 * On Linux a write to a file opened so is on disk when it returns, as if it were followed by fdatasync: one turn of a
 * worker thread instead of two. Elsewhere the flag does not exist, or does not mean the disk (macOS).
 */
const WRITES_ARE_SYNCED = process.platform === 'linux'
const SYNCED = WRITES_ARE_SYNCED ? constants.O_DSYNC : 0

export interface LogStorageOptions {
  directory: string
  log: Logger
  /** Measures the disk; without it no write is waited for in place. */
  clock?: Pick<Clock, 'elapsed'> | undefined
  /** Replaced in tests, to let the disk fail. */
  openFile?: typeof open
  /** Of the program, noted in the directory. */
  version?: string | undefined
  snapshotAfterBytes?: number
}

/** Format 1 is the first. */
const migrations: ReadonlyMap<number, Migration> = new Map()

interface Segment {
  file: FileHandle
  path: string
  /** Bytes that are known to be whole and on disk. */
  length: number
  /** Up to here the file is there already, filled with zeros behind `length`. */
  allocated: number
}

/** Changes in append-only log files, synced batch by batch, with a snapshot of the state now and then. */
export class LogStorage implements Storage {
  readonly #directory: string
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'elapsed'> | undefined
  readonly #pace = new DiskPace()
  readonly #open: typeof open
  readonly #version: string
  readonly #snapshotAfterBytes: number
  #logs: NamedFile[] = []
  #current: Segment | undefined
  #historyBytes = 0
  #snapshotBytes = 0

  constructor({
    directory,
    log,
    clock,
    openFile = open,
    version = 'unknown',
    snapshotAfterBytes = SNAPSHOT_AFTER_BYTES,
  }: LogStorageOptions) {
    this.#directory = directory
    this.#log = log
    this.#clock = clock
    this.#open = openFile
    this.#version = version
    this.#snapshotAfterBytes = snapshotAfterBytes
  }

  get wantsSnapshot(): boolean {
    return this.#historyBytes > Math.max(this.#snapshotAfterBytes, this.#snapshotBytes)
  }

  async load(reader: StorageReader): Promise<StorageContents> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    await settleFormat(this.#directory, { format: FORMAT_VERSION, version: this.#version, migrations })
    const { logs, snapshots } = await listFiles(this.#directory)
    const snapshot = snapshots.at(-1)
    if (snapshot) this.#snapshotBytes = await readSnapshot(snapshot, record => reader.restore(record))
    // Without a snapshot the first log begins with nothing stored.
    const snapshotRevision = snapshot?.revision ?? logs[0]?.revision ?? 0
    this.#logs = logs
    let revision = snapshotRevision
    for (const [index, file] of logs.entries())
      revision = await this.#replay(file, { reader, revision, next: logs[index + 1]?.revision })
    return { snapshotRevision, revision }
  }

  async append(records: readonly StorageRecord[]): Promise<{ bytes: number }> {
    const bytes = encodeRecords(records)
    const segment = this.#current ?? (await this.#begin((records[0]?.revision ?? 1) - 1))
    this.#current = segment
    try {
      const end = segment.length + bytes.length
      if (end > segment.allocated) await this.#extend(segment, end)
      if (records.length === 1) await this.#writeOne(segment, bytes)
      else await writeSynced(segment.file, bytes, segment.length)
    } catch (error) {
      await this.#takeBack(segment)
      throw error
    }
    segment.length += bytes.length
    // Where no room could be made ahead, the records themselves made the file longer.
    segment.allocated = Math.max(segment.allocated, segment.length)
    this.#historyBytes += bytes.length
    return { bytes: bytes.length }
  }

  async snapshot(revision: number, records: Iterable<StorageRecord>): Promise<void> {
    // From here on changes go to a new log, so that the old ones can be dropped when the snapshot is there.
    const previous = this.#current
    const covered = this.#logs
    this.#current = undefined
    this.#historyBytes = 0
    await previous?.file.close()
    this.#snapshotBytes = await writeSnapshot(this.#directory, revision, records)
    await this.#dropHistory(revision, covered)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const segment = this.#current
    this.#current = undefined
    // Tidier, no more: what is left of the step is read over.
    await segment?.file.truncate(segment.length).catch(() => {})
    await segment?.file.close()
  }

  /**
   * A write that nobody shares. On a quick disk handing it to a worker thread and hearing back takes longer than the
   * write itself, so it is made in place.
   */
  async #writeOne({ file, length }: Segment, bytes: Buffer): Promise<void> {
    const started = this.#clock?.elapsed()
    if (WRITES_ARE_SYNCED && this.#pace.isQuick) writeInPlace(file.fd, bytes, length)
    else await writeSynced(file, bytes, length)
    if (this.#clock && started !== undefined) this.#pace.note(this.#clock.elapsed() - started)
  }

  /** Makes room beyond `end`. On a full disk there may be room for the records alone. */
  async #extend(segment: Segment, end: number): Promise<void> {
    const step = Math.min(MAX_STEP_BYTES, Math.max(MIN_STEP_BYTES, segment.length))
    try {
      await writeAll(segment.file, Buffer.alloc(end + step - segment.allocated), segment.allocated)
      segment.allocated = end + step
    } catch {
      await segment.file.truncate(segment.length).catch(() => {})
      segment.allocated = segment.length
    }
  }

  /** Removes logs that the snapshot at `revision` covers, and older snapshots. */
  async #dropHistory(revision: number, covered: readonly NamedFile[]): Promise<void> {
    const { snapshots } = await listFiles(this.#directory)
    const logs = covered.filter(file => file.path !== this.#current?.path)
    this.#logs = this.#logs.filter(file => !logs.includes(file))
    for (const file of [...logs, ...snapshots.filter(other => other.revision < revision)])
      await rm(file.path, { force: true })
  }

  async #begin(base: number): Promise<Segment> {
    const path = logPath(this.#directory, base)
    const file = await this.#open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | SYNCED,
      0o600,
    )
    try {
      await writeAll(file, encodeHeader('log', base), 0)
      await file.sync()
      await syncDirectory(this.#directory)
    } catch (error) {
      await file.close()
      await rm(path, { force: true }).catch(() => {})
      throw error
    }
    this.#logs = [...this.#logs.filter(other => other.path !== path), { path, revision: base }]
    return { file, path, length: HEADER_BYTES, allocated: HEADER_BYTES }
  }

  /** Cuts off what a failed append left behind; where even that fails, the next append begins a new log. */
  async #takeBack(segment: Segment): Promise<void> {
    try {
      await segment.file.truncate(segment.length)
      segment.allocated = segment.length
      await segment.file.datasync()
    } catch (error) {
      this.#log.warn(
        { err: error, path: segment.path },
        'a failed write could not be cut off; a new log follows',
      )
      this.#current = undefined
      await segment.file.close().catch(() => {})
    }
  }

  /**
   * Reads one log. Records beyond the base of the next log were never acknowledged. In the last log everything
   * behind the last whole record is the torn tail of a write that was never acknowledged.
   */
  async #replay(log: NamedFile, { reader, revision, next }: Replay): Promise<number> {
    const file = await this.#open(log.path, 'r')
    let last = revision
    let good: number
    let size: number
    try {
      size = (await file.stat()).size
      const header = await readHeader(file, 'log', log.path)
      if (!header && next === undefined) {
        this.#log.warn({ path: log.path }, 'an unfinished log was removed')
        this.#logs = this.#logs.filter(other => other !== log)
        await rm(log.path)
        return last
      }
      if (!header) throw new StoreCorruptError(`${log.path}: the header is damaged`)
      good = await readRecords(file, record => {
        if (next !== undefined && record.revision > next) return false
        if (record.revision <= last || record.operation === 'end') return true
        if (record.revision !== last + 1)
          throw new StoreCorruptError(
            `${log.path}: revision ${last + 1} is missing before ${record.revision}`,
          )
        last = record.revision
        reader.replay({ ...record, operation: record.operation })
        return true
      })
    } finally {
      await file.close()
    }
    this.#historyBytes += good
    if (next !== undefined) {
      if (last < next)
        throw new StoreCorruptError(
          `${log.path}: damaged at byte ${good}, revisions ${last + 1} to ${next} are lost`,
        )
      return last
    }
    const isTorn = good < size && !(await isUnused(log.path, good))
    if (isTorn) {
      this.#log.warn(
        { path: log.path, bytes: size - good, revision: last },
        'a torn write at the end was cut off',
      )
      await truncate(log.path, good)
    }
    const reopened = await this.#open(log.path, constants.O_RDWR | SYNCED)
    this.#current = { file: reopened, path: log.path, length: good, allocated: isTorn ? good : size }
    return last
  }
}

interface Replay {
  reader: StorageReader
  revision: number
  /** The base of the log after this one. */
  next: number | undefined
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length)
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten
}

/** Resolves when the bytes are on disk. */
async function writeSynced(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  await writeAll(file, bytes, position)
  if (!WRITES_ARE_SYNCED) await file.datasync()
}

/** Returns when the bytes are on disk, which the file was opened for. */
function writeInPlace(descriptor: number, bytes: Buffer, position: number): void {
  let written = 0
  while (written < bytes.length)
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written)
}

/** Whether there is nothing but zeros from a position on. */
async function isUnused(path: string, position: number): Promise<boolean> {
  // Without an encoding a file is read as Buffers.
  for await (const chunk of createReadStream(path, { start: position }))
    if ((chunk as Buffer).some(byte => byte !== 0)) return false
  return true
}
