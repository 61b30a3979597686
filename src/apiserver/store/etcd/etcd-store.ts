import type { KubeObject } from '../../../kube/object.ts'
import { apiError } from '../../../kube/status.ts'
import { ChangedMeanwhile, Store, type StoreParts, type Write, withRevision } from '../store.ts'
import { keyIn, StoredObject } from '../stored-object.ts'
import { atRevision } from '../watcher.ts'
import type { EtcdConnection } from './connect-etcd.ts'
import type { EtcdClient, KeyValue, TxnRequest, TxnResponse, WatchResponse } from './etcd-client.ts'
import { EtcdCompactor } from './etcd-compactor.ts'
import type { EtcdKeys, Place } from './etcd-keys.ts'
import { etcdRefusal } from './etcd-refusal.ts'
import { encodeValue, storedFrom } from './etcd-value.ts'
import { EventLeases } from './event-leases.ts'
import { COMPARE_MOD_REVISION, COMPARE_VERSION, EVENT_DELETE } from './messages.ts'
import { RevisionWaiters } from './revision-waiters.ts'

const EVENTS = '/events'
const PAGE = 500
/** After this long the watch will not come to a revision by itself: it was another prefix that changed. */
const BARRIER_AFTER_MS = 20
const RETRY_MS = 500

export interface EtcdStoreParts extends StoreParts {
  /** Taken over: closed with the store. */
  connection: EtcdConnection
  keys: EtcdKeys
  /** What only one object at a time may have, such as an address: names, which servers must agree on. */
  claimsOf(resource: string, object: KubeObject): readonly string[]
}

/**
 * The store of several servers that share an etcd. Writes are compare-and-swap on the key's revision; what is read
 * is a copy that one watch keeps current, and a write is acknowledged when it has come back through that watch.
 */
export class EtcdStore extends Store {
  readonly #connection: EtcdConnection
  readonly #client: EtcdClient
  readonly #keys: EtcdKeys
  readonly #claimsOf: EtcdStoreParts['claimsOf']
  readonly #leases: EventLeases
  readonly #compactor: EtcdCompactor
  readonly #waiters: RevisionWaiters
  readonly #stop = new AbortController()
  /** Changes on their way, by resource and key: the next one here waits, instead of failing at etcd. */
  readonly #pending = new Map<string, Promise<unknown>>()
  #following: Promise<void> | undefined
  #round: Promise<void> = Promise.resolve()
  #nextRound: Promise<void> | undefined
  #failure: Error | undefined

  constructor(parts: EtcdStoreParts) {
    super(parts)
    const { client } = parts.connection
    this.#connection = parts.connection
    this.#client = client
    this.#keys = parts.keys
    this.#claimsOf = parts.claimsOf
    this.#leases = new EventLeases(client, parts.clock)
    this.#compactor = new EtcdCompactor({ ...parts, client })
    this.#waiters = new RevisionWaiters(parts.clock)
  }

  async load(): Promise<void> {
    const revision = await this.#readAll((place, kv) => {
      const stored = this.#decode(kv)
      if (stored) this.cache(place.resource).restore(stored)
    }).catch(async error => {
      await this[Symbol.asyncDispose]()
      throw error
    })
    this.advance(revision)
    this.startHistoryAt(revision)
    this.#following = this.#follow()
  }

  head(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.get(resource, namespace, name)
  }

  async commit(write: Write): Promise<StoredObject> {
    const { resource, namespace, name, expected } = write
    if (this.#stop.signal.aborted) throw apiError('ServiceUnavailable', 'the API server is shutting down')
    const state = write.object ?? expected?.object
    if (!state) throw new ChangedMeanwhile()
    const key = `${resource}/${keyIn(namespace, name)}`
    for (let other = this.#pending.get(key); other; other = this.#pending.get(key)) await other
    if (this.get(resource, namespace, name)?.revision !== expected?.revision) throw new ChangedMeanwhile()
    const committing = this.#swap(write)
    const settled = committing.catch(() => {})
    this.#pending.set(key, settled)
    try {
      const revision = await committing
      return StoredObject.of(revision, withRevision(state, revision))
    } finally {
      if (this.#pending.get(key) === settled) this.#pending.delete(key)
    }
  }

  /** What is read here was kept before it was seen. */
  async confirm(): Promise<void> {}

  catchUp(): Promise<void> {
    // A round that is under way may have asked etcd before this call.
    this.#nextRound ??= this.#round
      .catch(() => {})
      .then(() => {
        const round = this.#catchUpNow()
        this.#round = round
        this.#nextRound = undefined
        return round
      })
    return this.#nextRound
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#compactor[Symbol.dispose]()
    await Promise.allSettled(this.#pending.values())
    this.#waiters.end(apiError('ServiceUnavailable', 'the API server is shutting down'))
    await this.#following
    this.endWatches()
    this.#connection[Symbol.dispose]()
  }

  /** Compares and swaps in etcd; resolves to the new revision when readers here see it. */
  async #swap(write: Write): Promise<number> {
    const { resource, expected, object } = write
    const key = this.#keys.keyOf(write)
    const before = expected ? this.#claimsOf(resource, expected.object) : []
    const after = object ? this.#claimsOf(resource, object) : []
    const taken = after.filter(claim => !before.includes(claim))
    const freed = before.filter(claim => !after.includes(claim))
    const claim = (name: string) => this.#keys.ownKey(`claims/${name}`)
    const lease = object && resource === EVENTS ? await this.#lease() : 0
    const answer = await this.#txn({
      compare: [
        { target: COMPARE_MOD_REVISION, key, modRevision: expected?.revision ?? 0 },
        ...taken.map(name => ({ target: COMPARE_VERSION, key: claim(name), version: 0 })),
      ],
      success: [
        object ? { put: { key, value: encodeValue(object), lease } } : { deleteRange: { key } },
        ...taken.map(name => ({ put: { key: claim(name), value: key } })),
        ...freed.map(name => ({ deleteRange: { key: claim(name) } })),
      ],
      failure: [{ range: { key } }],
    })
    const revision = answer.header?.revision ?? 0
    if (answer.succeeded) {
      // The change is made: should the watch be broken, that is no reason to deny it.
      await this.#waiters.reach(revision, this.revision).catch(() => {})
      return revision
    }
    await this.#waiters.reach(revision, this.revision).catch(() => {})
    const found = answer.responses[0]?.range?.kvs[0]?.modRevision ?? 0
    if (found !== (expected?.revision ?? 0)) throw new ChangedMeanwhile()
    throw apiError('Timeout', `another API server has just given away ${taken.join(' or ')}; try again`, {
      retryAfterSeconds: 1,
    })
  }

  async #lease(): Promise<number> {
    try {
      return await this.#leases.next()
    } catch (error) {
      throw etcdRefusal(error)
    }
  }

  async #txn(request: TxnRequest): Promise<TxnResponse> {
    const { clock, hooks } = this.parts
    const started = clock.elapsed()
    try {
      const answer = await this.#client.txn(request)
      const bytes = request.success?.[0]?.put?.value?.length ?? 0
      hooks.committed?.(1, bytes, clock.elapsed() - started)
      return answer
    } catch (error) {
      throw etcdRefusal(error)
    }
  }

  async #catchUpNow(): Promise<void> {
    const key = this.#keys.ownKey('barrier')
    try {
      const { header } = await this.#client.range({ key, countOnly: true })
      const revision = header?.revision ?? 0
      if (this.revision >= revision) return
      const barrier = this.parts.clock.after(BARRIER_AFTER_MS, () => {
        this.#client.txn({ success: [{ put: { key } }] }).catch(error => {
          this.parts.log.warn({ err: error }, 'etcd could not be asked to show its progress')
        })
      })
      try {
        await this.#waiters.reach(revision, this.revision)
      } finally {
        barrier[Symbol.dispose]()
      }
    } catch (error) {
      throw etcdRefusal(error)
    }
  }

  /** Follows the watch until this store is closed, through broken connections and compacted history. */
  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const watch = this.#client.watch({ ...this.#keys.range, startRevision: this.revision + 1 }, signal)
        for await (const response of watch) {
          this.#failure = undefined
          if (response.canceled) {
            if (response.compactRevision === 0)
              throw new Error(`etcd ended the watch: ${response.cancelReason}`)
            await this.#readAgain()
            break
          }
          this.#take(response)
        }
      } catch (error) {
        if (signal.aborted) return
        this.#failure = etcdRefusal(error)
        this.parts.log.warn(
          { err: error, revision: this.revision },
          'the watch on etcd broke and is begun again',
        )
        await this.parts.clock.sleep(RETRY_MS, signal).catch(() => {})
      }
    }
  }

  #take({ header, events, created }: WatchResponse): void {
    for (const { type, kv } of events) if (kv) this.#show(kv, type === EVENT_DELETE)
    // The first answer carries etcd's revision, but events up to it may still follow.
    if (!created) this.advance(header?.revision ?? 0)
    this.#waiters.reached(this.revision)
  }

  #show(kv: KeyValue, isDeletion: boolean): void {
    const place = this.#keys.placeOf(kv.key)
    if (place) {
      const { resource, namespace, name } = place
      const previous = this.get(resource, namespace, name)
      const stored = isDeletion ? previous && atRevision(previous, kv.modRevision) : this.#decode(kv)
      if (stored)
        this.apply(resource, {
          type: isDeletion ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED',
          stored,
          previous,
        })
    }
    this.advance(kv.modRevision)
  }

  /** History was compacted before it was read: whoever watches must begin again, as after a restart. */
  async #readAgain(): Promise<void> {
    const kept = new Set<string>()
    const changed: KeyValue[] = []
    const revision = await this.#readAll(({ resource, namespace, name }, kv) => {
      kept.add(`${resource}/${keyIn(namespace, name)}`)
      if (this.get(resource, namespace, name)?.revision !== kv.modRevision) changed.push(kv)
    })
    for (const kv of changed.sort((a, b) => a.modRevision - b.modRevision)) this.#show(kv, false)
    for (const [resource, previous] of this.all())
      if (!kept.has(`${resource}/${previous.key}`))
        this.apply(resource, { type: 'DELETED', stored: atRevision(previous, revision), previous })
    this.advance(revision)
    this.startHistoryAt(revision)
    this.endWatches(apiError('Expired', 'The resourceVersion for the provided watch is too old.'))
    this.#waiters.reached(this.revision)
  }

  /** Reads all objects as of one revision, which it yields. */
  async #readAll(visit: (place: Place, kv: KeyValue) => void): Promise<number> {
    let { key, rangeEnd } = this.#keys.range
    let revision = 0
    for (;;) {
      const page = await this.#client.range({ key, rangeEnd, limit: PAGE, revision })
      revision ||= page.header?.revision ?? 0
      for (const kv of page.kvs) {
        const place = this.#keys.placeOf(kv.key)
        if (place) visit(place, kv)
      }
      const last = page.kvs.at(-1)
      if (!page.more || !last) return revision
      key = Buffer.concat([last.key, Buffer.alloc(1)])
    }
  }

  /** Undefined for what cannot be read; it is left as it is. */
  #decode({ key, value, modRevision }: KeyValue): StoredObject | undefined {
    try {
      return storedFrom(value, modRevision)
    } catch (error) {
      this.parts.log.error({ err: error, key: key.toString() }, 'an object in etcd could not be read')
      return undefined
    }
  }
}
