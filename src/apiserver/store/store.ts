import { ApiError, apiError } from '../../kube/status.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ApiServerHooks } from '../hooks.ts'
import type { Logger } from '../logger.ts'
import { ResourceCache } from './resource-cache.ts'
import type { Storage, StorageRecord } from './storage.ts'
import { keyIn, StoredObject } from './stored-object.ts'
import type { Selection, StoreEvent, Watcher } from './watcher.ts'

/** A change to make, on the condition that the object is still what its author saw. */
export interface Write {
  resource: string
  namespace: string
  name: string
  /** What the author saw in `head`; undefined: nothing. */
  expected: StoredObject | undefined
  /** The new state, taken over and frozen; undefined deletes. */
  object: KubeObject | undefined
}

/** The object changed between reading and writing it: read again and retry, or refuse. */
export class ChangedMeanwhile extends Error {
  override name = 'ChangedMeanwhile'
}

interface Pending extends StorageRecord {
  event: StoreEvent
  resolve: (stored: StoredObject) => void
  reject: (error: unknown) => void
}

/** Bounds of one batch, below what a watcher can buffer. */
const MAX_BATCH_RECORDS = 1000
const MAX_BATCH_CHARACTERS = 16 * 1024 * 1024

export interface StoreParts {
  /** Undefined keeps everything in memory only. */
  storage: Storage | undefined
  clock: Clock
  log: Logger
  hooks: ApiServerHooks
}

/**
 * All current objects, the order of their changes, and who follows them. A write is checked against the newest
 * state (`head`), but is seen by readers and watchers, and acknowledged, only when it is on disk.
 */
export class Store implements AsyncDisposable {
  readonly #parts: StoreParts
  readonly #caches = new Map<string, ResourceCache>()
  /** The last change of an object that is not on disk yet, by resource and key. */
  readonly #heads = new Map<string, StoreEvent>()
  readonly #listeners = new Set<(resource: string, event: StoreEvent) => void>()
  #queue: Pending[] = []
  #revision = 1
  #headRevision = 1
  #historyStart = 0
  #flushing: Promise<void> | undefined
  #snapshotting: Promise<void> | undefined
  #openWatches = 0
  #failure: Error | undefined
  #closed = false

  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  /** The revision of the newest change that is on disk. */
  get revision(): number {
    return this.#revision
  }

  /** Reads what the storage holds. */
  async load(): Promise<void> {
    const { storage } = this.#parts
    if (!storage) return
    const contents = await storage.load({
      restore: record => this.cache(record.resource).restore(storedFrom(record)),
      replay: record => this.#replay(record),
    })
    this.#revision = Math.max(1, contents.revision)
    this.#headRevision = this.#revision
    this.#historyStart = contents.snapshotRevision
    for (const cache of this.#caches.values()) cache.startHistoryAt(contents.snapshotRevision)
  }

  get(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.#caches.get(resource)?.get(keyIn(namespace, name))
  }

  /** The newest state, even where it is not on disk yet: what a write must be based on. */
  head(resource: string, namespace: string, name: string): StoredObject | undefined {
    const key = keyIn(namespace, name)
    const headKey = `${resource}/${key}`
    const pending = this.#heads.get(headKey)
    if (pending) return pending.type === 'DELETED' ? undefined : pending.stored
    return this.#caches.get(resource)?.get(key)
  }

  cache(resource: string): ResourceCache {
    let cache = this.#caches.get(resource)
    if (!cache) {
      cache = new ResourceCache(this.#historyStart, by => {
        this.#openWatches += by
        this.#parts.hooks.watches?.(this.#openWatches)
      })
      this.#caches.set(resource, cache)
    }
    return cache
  }

  /** Changes of the selected objects after `revision`. */
  watch(resource: string, selection: Selection, revision: number): Watcher {
    return this.cache(resource).watch(selection, revision, () => this.#parts.hooks.limitHit?.('watch_buffer'))
  }

  /** Calls the listener for each change that is on disk, synchronously in order, before watchers see it. */
  onChange(listener: (resource: string, event: StoreEvent) => void): void {
    this.#listeners.add(listener)
  }

  /**
   * Makes a change: throws ChangedMeanwhile at once when the object is not what its author saw; resolves when
   * the change is on disk; rejects with an ApiError that names the cause when it cannot be written.
   */
  commit(write: Write): Promise<StoredObject> {
    const { resource, namespace, name, expected } = write
    if (this.#closed) throw apiError('ServiceUnavailable', 'the API server is shutting down')
    if (this.head(resource, namespace, name) !== expected) throw new ChangedMeanwhile()
    if (!write.object && !expected) throw new ChangedMeanwhile()
    const revision = ++this.#headRevision
    const stored = StoredObject.of(revision, withRevision(write.object ?? expected?.object, revision))
    const event: StoreEvent = {
      type: !write.object ? 'DELETED' : expected ? 'MODIFIED' : 'ADDED',
      stored,
      previous: expected,
    }
    if (!this.#parts.storage) {
      this.#apply(resource, event)
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

  /** Resolves when the object as its reader saw it is on disk; throws ChangedMeanwhile when it never got there. */
  async confirm(resource: string, seen: StoredObject): Promise<void> {
    const pending = () => this.#heads.get(`${resource}/${seen.key}`)
    if (!pending()) return
    while (this.#flushing && pending()) await this.#flushing
    if (this.get(resource, seen.namespace, seen.name) !== seen) throw new ChangedMeanwhile()
  }

  /** Why the last write could not be stored; undefined when it could. */
  get failure(): Error | undefined {
    return this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    while (this.#flushing) await this.#flushing
    await this.#snapshotting
    for (const cache of this.#caches.values()) cache.endWatches()
    await this.#parts.storage?.[Symbol.asyncDispose]()
  }

  #replay(record: StorageRecord): void {
    const stored = storedFrom(record)
    const cache = this.cache(record.resource)
    const previous = cache.get(stored.key)
    if (record.operation === 'put') cache.apply({ type: previous ? 'MODIFIED' : 'ADDED', stored, previous })
    else cache.apply({ type: 'DELETED', stored, previous })
  }

  #apply(resource: string, event: StoreEvent): void {
    this.#revision = event.stored.revision
    const cache = this.cache(resource)
    for (const listener of this.#listeners) {
      try {
        listener(resource, event)
      } catch (error) {
        this.#parts.log.error({ err: error, resource }, 'a listener to changes failed')
      }
    }
    cache.apply(event)
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
    const { storage, clock, hooks } = this.#parts
    const started = clock.elapsed()
    try {
      const written = await storage?.append(batch)
      this.#failure = undefined
      hooks.committed?.(batch.length, written?.bytes ?? 0, clock.elapsed() - started)
    } catch (error) {
      this.#fail(batch, error)
      return
    }
    for (const { resource, event, resolve } of batch) {
      const headKey = `${resource}/${event.stored.key}`
      if (this.#heads.get(headKey) === event) this.#heads.delete(headKey)
      this.#apply(resource, event)
      resolve(event.stored)
    }
    this.#snapshotWhenDue()
  }

  /** Takes back the batch and all that was queued behind it, because that may build on it. */
  #fail(batch: Pending[], error: unknown): void {
    const failed = [...batch, ...this.#queue]
    this.#queue = []
    this.#heads.clear()
    this.#headRevision = this.#revision
    this.#parts.log.error(
      { err: error, writes: failed.length },
      'writes could not be stored and were refused',
    )
    const refusal = storageRefusal(error)
    this.#failure = refusal
    for (const { reject } of failed) reject(refusal)
  }

  #snapshotWhenDue(): void {
    const { storage, log } = this.#parts
    if (!storage?.wantsSnapshot || this.#snapshotting || this.#closed) return
    const revision = this.#revision
    this.#snapshotting = storage
      .snapshot(revision, this.#state())
      .catch(error => log.error({ err: error, revision }, 'no snapshot could be written; history stays'))
      .finally(() => {
        this.#snapshotting = undefined
      })
  }

  /** All objects as they are now, however late the iterator is read. */
  #state(): Iterable<StorageRecord> {
    const all: [string, StoredObject][] = []
    for (const [resource, cache] of this.#caches)
      for (const stored of cache.select({ namespace: undefined, matches: undefined }))
        all.push([resource, stored])
    return all.map(([resource, { revision, namespace, name, text }]) => ({
      operation: 'put' as const,
      revision,
      resource,
      namespace,
      name,
      text,
    }))
  }
}

const storedFrom = ({ revision, namespace, name, text }: StorageRecord) =>
  new StoredObject(revision, namespace, name, text)

function withRevision(object: KubeObject | undefined, revision: number): KubeObject {
  if (!object) throw new ChangedMeanwhile()
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
}

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
