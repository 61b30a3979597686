import { setMaxListeners } from 'node:events'
import { apiVersionOf, type Kind } from '../kube/kind.ts'
import { type KubeObject, keyOf } from '../kube/object.ts'
import { isExpired } from '../kube/status.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { BY_OWNER, type Informer, type InformerEvent, type Informers } from './informer.ts'
import type { Logger } from './log.ts'
import { retryDelayMs } from './work-queue.ts'

interface Index<T> {
  values: (object: T) => readonly string[]
  entries: Map<string, Map<string, T>>
}

const EMPTY: readonly never[] = []

/** Lists once, then follows the watch; lists again when the watch position has expired. */
class LiveInformer<T extends KubeObject> implements Informer<T> {
  readonly kind: Kind<T>
  readonly synced: Promise<void>
  readonly #parts: InformerParts
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, Index<T>>()
  readonly #handlers = new Set<(event: InformerEvent<T>) => void>()
  #markSynced: () => void = () => {}

  constructor(kind: Kind<T>, parts: InformerParts) {
    this.kind = kind
    this.#parts = parts
    this.synced = new Promise(resolve => {
      this.#markSynced = resolve
    })
    this.addIndex(BY_OWNER, object => {
      const owner = object.metadata.ownerReferences?.find(reference => reference.controller)
      return owner ? [owner.uid] : EMPTY
    })
    this.addIndex('namespace', object => (object.metadata.namespace ? [object.metadata.namespace] : EMPTY))
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.by('namespace', namespace)
  }

  by(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index)
    if (!found) throw new Error(`informer of ${this.kind.kind} has no index "${index}"`)
    const entries = found.entries.get(value)
    return entries ? [...entries.values()] : EMPTY
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) return
    const index: Index<T> = { values, entries: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) insert(index, key, object)
  }

  onChange(handler: (event: InformerEvent<T>) => void): Disposable {
    this.#handlers.add(handler)
    for (const object of [...this.#objects.values()]) handler({ type: 'added', object })
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) }
  }

  /** Follows the API until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#parts
    let failures = 0
    let position: string | undefined
    while (!signal.aborted) {
      try {
        if (position === undefined) {
          const list = await client.list(this.kind)
          this.#replace(list.items)
          position = list.resourceVersion
          this.#markSynced()
        }
        for await (const event of client.watch(this.kind, { resourceVersion: position }, signal)) {
          failures = 0
          position = event.object.metadata.resourceVersion
          if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object)
          else if (event.type !== 'BOOKMARK') this.#put(keyOf(event.object), event.object)
        }
      } catch (error) {
        if (signal.aborted) return
        if (isExpired(error)) {
          position = undefined
          continue
        }
        failures++
        log.warn({ kind: this.kind.kind, err: error }, 'informer lost its watch')
        await clock.sleep(retryDelayMs(failures), signal).catch(() => {})
      }
    }
  }

  #replace(items: readonly T[]): void {
    const present = new Set(items.map(keyOf))
    for (const [key, object] of [...this.#objects]) if (!present.has(key)) this.#remove(key, object)
    for (const object of items) this.#put(keyOf(object), object)
  }

  #put(key: string, object: T): void {
    const previous = this.#objects.get(key)
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return
    if (previous) for (const index of this.#indexes.values()) drop(index, key, previous)
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) insert(index, key, object)
    this.#emit(previous ? { type: 'modified', object, previous } : { type: 'added', object })
  }

  #remove(key: string, object: T): void {
    const previous = this.#objects.get(key)
    if (!previous) return
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) drop(index, key, previous)
    this.#emit({ type: 'deleted', object, previous })
  }

  #emit(event: InformerEvent<T>): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(event)
      } catch (error) {
        this.#parts.log.error({ kind: this.kind.kind, err: error }, 'informer handler failed')
      }
    }
  }
}

function insert<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const entries = index.entries.get(value) ?? new Map<string, T>()
    index.entries.set(value, entries)
    entries.set(key, object)
  }
}

function drop<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const entries = index.entries.get(value)
    entries?.delete(key)
    if (entries?.size === 0) index.entries.delete(value)
  }
}

interface InformerParts {
  client: Client
  clock: Clock
  log: Logger
}

/** Starts one informer a kind when it is first asked for, and ends them all when disposed. */
export class LiveInformers implements Informers, AsyncDisposable {
  readonly #parts: InformerParts
  // Each value is the informer of its key's kind; `for` restores the type.
  readonly #informers = new Map<string, LiveInformer<KubeObject>>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []

  constructor(parts: InformerParts) {
    this.#parts = parts
    // One listener a kind.
    setMaxListeners(0, this.#stop.signal)
  }

  for<T extends KubeObject>(kind: Kind<T>): Informer<T> {
    const name = `${apiVersionOf(kind)}/${kind.plural}`
    const known = this.#informers.get(name)
    if (known) return known as unknown as Informer<T>
    const informer = new LiveInformer(kind, this.#parts)
    this.#informers.set(name, informer as unknown as LiveInformer<KubeObject>)
    this.#running.push(informer.run(this.#stop.signal))
    return informer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#running)
  }
}
