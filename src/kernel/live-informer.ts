import { setMaxListeners } from 'node:events'
import { apiVersionOf, type Kind } from '../kube/kind.ts'
import { type KubeObject, keyOf } from '../kube/object.ts'
import { isExpired, isForbidden } from '../kube/status.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { BY_OWNER, type Informer, type InformerEvent, type Informers } from './informer.ts'
import type { Logger } from './log.ts'
import { retryDelayMs } from '../lib/work-queue.ts'

interface Index<T> {
  values: (object: T) => readonly string[]
  entries: Map<string, Map<string, T>>
}

/** A watch that ends sooner says that something is wrong, as in client-go. */
const SHORT_WATCH_MS = 1000
/** As client-go's reflectors: an API server that is back is found soon. */
const MAX_DELAY_MS = 30_000

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
  #refuse: (error: unknown) => void = () => {}

  constructor(kind: Kind<T>, parts: InformerParts) {
    this.kind = kind
    this.#parts = parts
    this.synced = new Promise((resolve, reject) => {
      this.#markSynced = resolve
      this.#refuse = reject
    })
    this.synced.catch(() => {})
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

  /** Follows the API until the signal aborts: every object, or those of some namespaces. */
  async run(signal: AbortSignal): Promise<void> {
    const { namespaces } = this.#parts
    const scopes = this.kind.namespaced && namespaces ? [...namespaces.asked, ...namespaces.own] : [undefined]
    const unlisted = new Set(scopes)
    const listed = (scope: string | undefined) => {
      unlisted.delete(scope)
      if (unlisted.size === 0) this.#markSynced()
    }
    await Promise.all(scopes.map(scope => this.#follow(scope, listed, signal)))
  }

  async #follow(
    namespace: string | undefined,
    listed: (namespace: string | undefined) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, clock, log } = this.#parts
    let failures = 0
    let position: string | undefined
    while (!signal.aborted) {
      const startedAt = clock.elapsed()
      try {
        if (position === undefined) {
          const list = await client.list(this.kind, { namespace })
          this.#replace(list.items, namespace)
          position = list.resourceVersion
          listed(namespace)
        }
        const watch = client.watch(this.kind, { namespace, resourceVersion: position }, signal)
        for await (const event of watch) {
          failures = 0
          position = event.object.metadata.resourceVersion
          if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object)
          else if (event.type !== 'BOOKMARK') this.#put(keyOf(event.object), event.object)
        }
        if (clock.elapsed() - startedAt >= SHORT_WATCH_MS) continue
      } catch (error) {
        if (signal.aborted) return
        if (isForbidden(error)) {
          // There, rights are to few kinds only: the others are not looked for.
          if (position === undefined && namespace !== undefined && this.#isOwn(namespace)) {
            log.info({ kind: this.kind.kind, namespace }, 'not allowed to read, and left out')
            listed(namespace)
            return
          }
          this.#refuse(error)
        }
        if (isExpired(error)) position = undefined
        else log.warn({ kind: this.kind.kind, namespace, err: error }, 'informer lost its watch')
        // Old positions are ordinary; a server that calls new ones old is not to be asked without end.
        if (isExpired(error) && clock.elapsed() - startedAt >= SHORT_WATCH_MS) continue
      }
      failures++
      await clock.sleep(Math.min(MAX_DELAY_MS, retryDelayMs(failures)), signal).catch(() => {})
    }
  }

  #isOwn(namespace: string): boolean {
    return this.#parts.namespaces?.own.includes(namespace) === true
  }

  #replace(items: readonly T[], namespace: string | undefined): void {
    const present = new Set(items.map(keyOf))
    for (const [key, object] of [...this.#objects]) {
      const isInScope = namespace === undefined || object.metadata.namespace === namespace
      if (isInScope && !present.has(key)) this.#remove(key, object)
    }
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

/** Where objects are watched, beside those that are in no namespace. */
export interface WatchedNamespaces {
  /** What may not be read there is an error. */
  asked: readonly string[]
  /** Namespaces of Drave's own objects: what may not be read there is left out. */
  own: readonly string[]
}

interface InformerParts {
  client: Client
  clock: Clock
  log: Logger
  namespaces?: WatchedNamespaces | undefined
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
    const refused = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, refused.signal])
    this.#running.push(informer.run(signal))
    // What may not be read now may be later: the next one who asks for it tries anew.
    informer.synced.catch(() => {
      refused.abort()
      this.#informers.delete(name)
    })
    return informer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#running)
  }
}
