import type { Clock } from '../../kernel/clock.ts'
import type { Informer } from '../../kernel/informer.ts'
import { type KubeObject, keyOf } from '../../kube/object.ts'

/** After so long a write that the informer never showed is given up, as upstream's ExpectationsTimeout. */
const TIMEOUT_MS = 5 * 60_000

type Write = { verb: 'create'; at: number } | { verb: 'delete'; uid: string; at: number }

/**
 * Writes that the informer has not shown yet, by owner. While one is pending the owner's view is stale, so that its
 * controller must not create or delete more. Bounded by the writes one controller does in flight.
 */
export class Expectations implements Disposable {
  readonly #clock: Clock
  readonly #informer: Informer<KubeObject>
  readonly #pending = new Map<string, Map<string, Write>>()
  readonly #owners = new Map<string, string>()
  readonly #subscription: Disposable

  constructor(clock: Clock, informer: Informer<KubeObject>) {
    this.#clock = clock
    this.#informer = informer
    this.#subscription = informer.onChange(({ type, object }) => {
      const key = keyOf(object)
      const owner = this.#owners.get(key)
      const write = owner === undefined ? undefined : this.#pending.get(owner)?.get(key)
      if (owner === undefined || !write) return
      const isDone =
        write.verb === 'create' ||
        type === 'deleted' ||
        object.metadata.uid !== write.uid ||
        (write.verb === 'delete' && object.metadata.deletionTimestamp !== undefined)
      if (isDone) this.#forget(owner, key)
    })
  }

  /** Call before creating the object that will have this key. */
  creating(owner: string, key: string): void {
    this.#expect(owner, key, { verb: 'create', at: this.#clock.now() })
  }

  /** Call before deleting. */
  deleting(owner: string, object: KubeObject): void {
    // Already shown as gone: no event will come.
    if (this.#informer.get(keyOf(object))?.metadata.uid !== object.metadata.uid) return
    this.#expect(owner, keyOf(object), { verb: 'delete', uid: object.metadata.uid, at: this.#clock.now() })
  }

  /** The write failed: nothing will be shown. */
  failed(owner: string, key: string): void {
    this.#forget(owner, key)
  }

  /** True when the informer has shown everything that was written for this owner. */
  isSatisfied(owner: string): boolean {
    const writes = this.#pending.get(owner)
    if (!writes) return true
    for (const [key, write] of writes) if (this.#clock.now() - write.at > TIMEOUT_MS) this.#forget(owner, key)
    return !this.#pending.has(owner)
  }

  #expect(owner: string, key: string, write: Write): void {
    const writes = this.#pending.get(owner) ?? new Map<string, Write>()
    this.#pending.set(owner, writes)
    writes.set(key, write)
    this.#owners.set(key, owner)
  }

  #forget(owner: string, key: string): void {
    this.#owners.delete(key)
    const writes = this.#pending.get(owner)
    writes?.delete(key)
    if (writes?.size === 0) this.#pending.delete(owner)
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}
