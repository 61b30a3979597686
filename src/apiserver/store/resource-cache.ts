import type { StoredObject } from './stored-object.ts'
import { type Selection, type StoreEvent, selects, Watcher } from './watcher.ts'

/** Kept changes of one resource: watches and paged lists go back this far. */
const MAX_EVENTS = 4096
const MAX_EVENT_CHARACTERS = 8 * 1024 * 1024

/** All objects of one resource, the latest changes to them, and who watches. */
export class ResourceCache {
  readonly #objects = new Map<string, StoredObject>()
  #sortedKeys: string[] | undefined
  readonly #watchers = new Set<Watcher>()
  #history: StoreEvent[] = []
  #historyStart = 0
  #historyCharacters = 0
  /** Changes up to this revision are no longer known. */
  #floor: number
  readonly #onWatchersChanged: (by: number) => void

  constructor(floor: number, onWatchersChanged: (by: number) => void) {
    this.#floor = floor
    this.#onWatchersChanged = onWatchersChanged
  }

  get size(): number {
    return this.#objects.size
  }
  get floor(): number {
    return this.#floor
  }

  all(): Iterable<StoredObject> {
    return this.#objects.values()
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key)
  }

  /** Puts an object there without a change being seen: while a snapshot is read. */
  restore(stored: StoredObject): void {
    this.#objects.set(stored.key, stored)
    this.#sortedKeys = undefined
  }

  /** Forgets the changes up to `revision`. */
  startHistoryAt(revision: number): void {
    this.#floor = Math.max(this.#floor, revision)
  }

  apply(event: StoreEvent): void {
    const { key } = event.stored
    if (event.type === 'DELETED') this.#objects.delete(key)
    else this.#objects.set(key, event.stored)
    if (event.type !== 'MODIFIED') this.#sortedKeys = undefined
    this.#remember(event)
    for (const watcher of this.#watchers) watcher.offer(event)
  }

  /** The selected objects in order of key, from `fromKey` on. */
  *select(selection: Selection, fromKey?: string): Generator<StoredObject> {
    const keys = this.#keys()
    const prefix = selection.namespace === undefined ? '' : `${selection.namespace}/`
    for (let index = firstAtOrAfter(keys, fromKey ?? prefix); index < keys.length; index++) {
      const key = keys[index]
      if (key === undefined || !key.startsWith(prefix)) return
      const stored = this.#objects.get(key)
      if (stored && selects(selection, stored)) yield stored
    }
  }

  /** Like `select`, but as things were at an earlier revision, which must not be below `floor`. */
  *selectAt(revision: number, selection: Selection, fromKey?: string): Generator<StoredObject> {
    const before = new Map<string, StoredObject | undefined>()
    for (let index = this.#history.length - 1; index >= this.#historyStart; index--) {
      const event = this.#history[index]
      if (!event || event.stored.revision <= revision) break
      before.set(event.stored.key, event.previous)
    }
    if (before.size === 0) {
      yield* this.select(selection, fromKey)
      return
    }
    const prefix = selection.namespace === undefined ? '' : `${selection.namespace}/`
    const isMeant = (key: string) => key >= (fromKey ?? prefix)
    const changed = [...before.keys()].filter(isMeant).sort()
    for (const key of merged(keysFrom(this.#keys(), fromKey ?? prefix), changed)) {
      if (!key.startsWith(prefix)) return
      const stored = before.has(key) ? before.get(key) : this.#objects.get(key)
      if (stored && selects(selection, stored)) yield stored
    }
  }

  /** Follows changes after `revision`, which must not be below `floor`. */
  watch(selection: Selection, revision: number, onOverflow: () => void): Watcher {
    const watcher = new Watcher(selection, ended => this.#forget(ended), onOverflow)
    for (let index = this.#firstAfter(revision); index < this.#history.length; index++) {
      const event = this.#history[index]
      if (event) watcher.offer(event)
    }
    this.#watchers.add(watcher)
    this.#onWatchersChanged(1)
    return watcher
  }

  endWatches(error?: unknown): void {
    for (const watcher of [...this.#watchers]) watcher.end(error)
  }

  #forget(watcher: Watcher): void {
    if (this.#watchers.delete(watcher)) this.#onWatchersChanged(-1)
  }

  #keys(): string[] {
    this.#sortedKeys ??= [...this.#objects.keys()].sort()
    return this.#sortedKeys
  }

  #remember(event: StoreEvent): void {
    this.#history.push(event)
    this.#historyCharacters += event.stored.text.length
    while (
      this.#history.length - this.#historyStart > MAX_EVENTS ||
      this.#historyCharacters > MAX_EVENT_CHARACTERS
    ) {
      const dropped = this.#history[this.#historyStart++]
      if (!dropped) break
      this.#floor = dropped.stored.revision
      this.#historyCharacters -= dropped.stored.text.length
    }
    if (this.#historyStart * 2 > this.#history.length) {
      this.#history = this.#history.slice(this.#historyStart)
      this.#historyStart = 0
    }
  }

  #firstAfter(revision: number): number {
    let low = this.#historyStart
    let high = this.#history.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#history[middle]?.stored.revision ?? 0) <= revision) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Of sorted keys those that are not before one. */
function* keysFrom(keys: readonly string[], first: string): Generator<string> {
  for (let index = firstAtOrAfter(keys, first); index < keys.length; index++) yield keys[index] ?? ''
}

/** What is in either of two sorted lists, in order, each once. */
function* merged(some: Iterable<string>, others: readonly string[]): Generator<string> {
  let index = 0
  for (const key of some) {
    for (let other = others[index]; other !== undefined && other <= key; other = others[++index])
      if (other < key) yield other
    yield key
  }
  yield* others.slice(index)
}

function firstAtOrAfter(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
