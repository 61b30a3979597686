import type { KubeObject } from '../../kube/object.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ApiServerHooks } from '../hooks.ts'
import type { Logger } from '../logger.ts'
import { ResourceCache } from './resource-cache.ts'
import type { StorageRecord } from './storage.ts'
import { keyIn, type StoredObject } from './stored-object.ts'
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

export interface StoreParts {
  clock: Clock
  log: Logger
  hooks: ApiServerHooks
}

/**
 * All current objects, the order of their changes, and who follows them. Reading and watching is from memory;
 * how a change is decided and kept is the part that differs: a log of this process (`LogStore`), or an etcd that
 * several servers share (`EtcdStore`).
 */
export abstract class Store implements AsyncDisposable {
  protected readonly parts: StoreParts
  readonly #caches = new Map<string, ResourceCache>()
  readonly #listeners = new Set<(resource: string, event: StoreEvent) => void>()
  #revision = 1
  #historyStart = 0
  #openWatches = 0

  constructor({ clock, log, hooks }: StoreParts) {
    this.parts = { clock, log, hooks }
  }

  /** Reads what is kept. */
  abstract load(): Promise<void>
  /** The newest state known here, even where readers do not see it yet: what a write must be based on. */
  abstract head(resource: string, namespace: string, name: string): StoredObject | undefined
  /**
   * Makes a change: throws or rejects with ChangedMeanwhile when the object is not what its author saw; resolves
   * when the change is kept and readers see it; rejects with an ApiError that names the cause when it cannot be.
   */
  abstract commit(write: Write): Promise<StoredObject>
  /** Resolves when the object as its reader saw it is kept; throws ChangedMeanwhile when it never got there. */
  abstract confirm(resource: string, seen: StoredObject): Promise<void>
  /** Resolves when readers here see all that was acknowledged before, by whatever server; undefined: they do. */
  abstract catchUp(): Promise<void> | undefined
  /** Why changes cannot be kept now; undefined when they can. */
  abstract readonly failure: Error | undefined
  abstract [Symbol.asyncDispose](): Promise<void>

  /** The revision of the newest change that readers see. */
  get revision(): number {
    return this.#revision
  }

  get(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.#caches.get(resource)?.get(keyIn(namespace, name))
  }

  cache(resource: string): ResourceCache {
    let cache = this.#caches.get(resource)
    if (!cache) {
      cache = new ResourceCache(this.#historyStart, by => {
        this.#openWatches += by
        this.parts.hooks.watches?.(this.#openWatches)
      })
      this.#caches.set(resource, cache)
    }
    return cache
  }

  /** Changes of the selected objects after `revision`. */
  watch(resource: string, selection: Selection, revision: number): Watcher {
    return this.cache(resource).watch(selection, revision, () => this.parts.hooks.limitHit?.('watch_buffer'))
  }

  /** Calls the listener for each change that is kept, synchronously in order, before watchers see it. */
  onChange(listener: (resource: string, event: StoreEvent) => void): void {
    this.#listeners.add(listener)
  }

  /** Every object with its resource, as they are now. */
  protected all(): [string, StoredObject][] {
    const all: [string, StoredObject][] = []
    for (const [resource, cache] of this.#caches)
      for (const stored of cache.all()) all.push([resource, stored])
    return all
  }

  /** All objects as they are now, however late the records are read. */
  state(): { revision: number; records: StorageRecord[] } {
    const records = this.all().map(([resource, { revision, namespace, name, text }]) => ({
      operation: 'put' as const,
      revision,
      resource,
      namespace,
      name,
      text,
    }))
    return { revision: this.#revision, records }
  }

  /** Says that nothing happened up to `revision` that was not applied. */
  protected advance(revision: number): void {
    if (revision > this.#revision) this.#revision = revision
  }

  /** Watches cannot go back behind `revision` from now on. */
  protected startHistoryAt(revision: number): void {
    this.#historyStart = revision
    for (const cache of this.#caches.values()) cache.startHistoryAt(revision)
  }

  /** Shows a change to readers, listeners and watchers. */
  protected apply(resource: string, event: StoreEvent): void {
    this.advance(event.stored.revision)
    for (const listener of this.#listeners) {
      try {
        listener(resource, event)
      } catch (error) {
        this.parts.log.error({ err: error, resource }, 'a listener to changes failed')
      }
    }
    this.cache(resource).apply(event)
  }

  protected endWatches(error?: unknown): void {
    for (const cache of this.#caches.values()) cache.endWatches(error)
  }
}

/** A copy of the object that carries its revision. */
export const withRevision = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
})
