import { ApiError, apiError } from '../../kube/status.ts'
import { MAX_KEY_BYTES } from './log-format.ts'
import type { Storage, StorageRecord } from './storage.ts'
import { ChangedMeanwhile, Store, type StoreParts, type Write, withRevision } from './store.ts'
import { keyIn, StoredObject } from './stored-object.ts'
import type { StoreEvent } from './watcher.ts'

interface Pending extends StorageRecord {
  event: StoreEvent
  resolve: (stored: StoredObject) => void
  reject: (error: unknown) => void
}

/** Bounds of one batch, below what a watcher can buffer. */
const MAX_BATCH_RECORDS = 1000
const MAX_BATCH_CHARACTERS = 16 * 1024 * 1024
/** Of one object: patches could make it grow beyond what a request or a record on disk may hold. */
const MAX_OBJECT_CHARACTERS = 8 * 1024 * 1024

export interface LogStoreParts extends StoreParts {
  /** Undefined keeps everything in memory only. */
  storage: Storage | undefined
}

/**
 * The store of one process: a write is checked against the newest state (`head`), but is seen by readers and
 * watchers, and acknowledged, only when it is on disk.
 */
export class LogStore extends Store {
  readonly #storage: Storage | undefined
  /** The last change of an object that is not on disk yet, by resource and key. */
  readonly #heads = new Map<string, StoreEvent>()
  #queue: Pending[] = []
  #headRevision = 1
  #flushing: Promise<void> | undefined
  #snapshotting: Promise<void> | undefined
  #failure: Error | undefined
  #closed = false

  constructor(parts: LogStoreParts) {
    super(parts)
    this.#storage = parts.storage
  }

  /** Reads what the storage holds. */
  async load(): Promise<void> {
    if (!this.#storage) return
    const contents = await this.#storage.load({
      restore: record => this.cache(record.resource).restore(storedFrom(record)),
      replay: record => this.#replay(record),
    })
    this.advance(contents.revision)
    this.#headRevision = this.revision
    this.startHistoryAt(contents.snapshotRevision)
  }

  head(resource: string, namespace: string, name: string): StoredObject | undefined {
    const pending = this.#heads.get(`${resource}/${keyIn(namespace, name)}`)
    if (pending) return pending.type === 'DELETED' ? undefined : pending.stored
    return this.get(resource, namespace, name)
  }

  commit(write: Write): Promise<StoredObject> {
    const { resource, namespace, name, expected } = write
    if (this.#closed) throw apiError('ServiceUnavailable', 'the API server is shutting down')
    if (this.head(resource, namespace, name) !== expected) throw new ChangedMeanwhile()
    const state = write.object ?? expected?.object
    if (!state) throw new ChangedMeanwhile()
    const revision = this.#headRevision + 1
    const stored = StoredObject.of(revision, withRevision(state, revision))
    this.#requireRoom(resource, stored)
    // Not before: a revision that no record has would be taken for a lost one.
    this.#headRevision = revision
    const event: StoreEvent = {
      type: !write.object ? 'DELETED' : expected ? 'MODIFIED' : 'ADDED',
      stored,
      previous: expected,
    }
    if (!this.#storage) {
      this.apply(resource, event)
      return Promise.resolve(stored)
    }
    this.#heads.set(`${resource}/${stored.key}`, event)
    return new Promise((resolve, reject) => {
      const operation = write.object ? 'put' : 'delete'
      const { text } = stored
      this.#queue.push({ operation, revision, resource, namespace, name, text, event, resolve, reject })
      this.#flushing ??= this.#flushNextTick()
    })
  }

  /** Refuses what one record cannot hold, since it would take all of its batch with it. Throws ApiError 413. */
  #requireRoom(resource: string, { namespace, name, text }: StoredObject): void {
    const isLong = [resource, namespace, name].some(part => Buffer.byteLength(part) > MAX_KEY_BYTES)
    if (!isLong && text.length <= MAX_OBJECT_CHARACTERS) return
    this.parts.hooks.limitHit?.('object')
    throw apiError(
      'RequestEntityTooLarge',
      isLong
        ? `Request entity too large: a name may have ${MAX_KEY_BYTES} bytes`
        : `Request entity too large: an object may have ${MAX_OBJECT_CHARACTERS} characters, this one has ${text.length}`,
    )
  }

  async confirm(resource: string, seen: StoredObject): Promise<void> {
    const pending = () => this.#heads.get(`${resource}/${seen.key}`)
    if (!pending()) return
    while (this.#flushing && pending()) await this.#flushing
    if (this.get(resource, seen.namespace, seen.name) !== seen) throw new ChangedMeanwhile()
  }

  /** Nobody else writes here. */
  catchUp(): undefined {
    return undefined
  }

  /** Why the last write could not be stored; undefined when it could. */
  get failure(): Error | undefined {
    return this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    while (this.#flushing) await this.#flushing
    await this.#snapshotting
    this.endWatches()
    await this.#storage?.[Symbol.asyncDispose]()
  }

  #replay(record: StorageRecord): void {
    const stored = storedFrom(record)
    const cache = this.cache(record.resource)
    const previous = cache.get(stored.key)
    if (record.operation === 'put') cache.apply({ type: previous ? 'MODIFIED' : 'ADDED', stored, previous })
    else cache.apply({ type: 'DELETED', stored, previous })
  }

  async #flushNextTick(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    try {
      while (this.#queue.length > 0) await this.#flush(this.#takeBatch())
    } finally {
      this.#flushing = undefined
    }
  }

  #takeBatch(): Pending[] {
    let characters = 0
    let count = 0
    while (count < this.#queue.length && count < MAX_BATCH_RECORDS && characters < MAX_BATCH_CHARACTERS)
      characters += this.#queue[count++]?.text.length ?? 0
    return this.#queue.splice(0, count)
  }

  async #flush(batch: Pending[]): Promise<void> {
    const { clock, hooks } = this.parts
    const started = clock.elapsed()
    try {
      const written = await this.#storage?.append(batch)
      this.#failure = undefined
      hooks.committed?.(batch.length, written?.bytes ?? 0, clock.elapsed() - started)
    } catch (error) {
      this.#fail(batch, error)
      return
    }
    for (const { resource, event, resolve } of batch) {
      const headKey = `${resource}/${event.stored.key}`
      if (this.#heads.get(headKey) === event) this.#heads.delete(headKey)
      this.apply(resource, event)
      resolve(event.stored)
    }
    this.#snapshotWhenDue()
  }

  /** Takes back the batch and all that was queued behind it, because that may build on it. */
  #fail(batch: Pending[], error: unknown): void {
    const failed = [...batch, ...this.#queue]
    this.#queue = []
    this.#heads.clear()
    this.#headRevision = this.revision
    this.parts.log.error({ err: error, writes: failed.length }, 'writes could not be stored and were refused')
    const refusal = storageRefusal(error)
    this.#failure = refusal
    for (const { reject } of failed) reject(refusal)
  }

  #snapshotWhenDue(): void {
    const storage = this.#storage
    const { log } = this.parts
    if (!storage?.wantsSnapshot || this.#snapshotting || this.#closed) return
    const { revision, records } = this.state()
    this.#snapshotting = storage
      .snapshot(revision, records)
      .catch(error => log.error({ err: error, revision }, 'no snapshot could be written; history stays'))
      .finally(() => {
        this.#snapshotting = undefined
      })
  }
}

const storedFrom = ({ revision, namespace, name, text }: StorageRecord) =>
  new StoredObject(revision, namespace, name, text)

const causes: Record<string, string> = {
  ENOSPC: 'there is no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an input/output error',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file would become larger than the file system allows',
}

function storageRefusal(error: unknown): ApiError {
  // Errors of node:fs carry a code.
  const { code = '', message } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const why = causes[code] ?? message
  const { status } = apiError(
    'InternalError',
    `the change could not be stored and was not made: ${why}${code ? ` (${code})` : ''}`,
  )
  return new ApiError(full ? { ...status, code: 507 } : status, { cause: error })
}
