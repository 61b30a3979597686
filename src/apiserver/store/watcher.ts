import { apiError } from '../../kube/status.ts'
import { StoredObject } from './stored-object.ts'

/** A change of one object. `previous` is its state before; `stored` its state after, or its last one. */
export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  stored: StoredObject
  previous: StoredObject | undefined
}

/** What a watcher is handed: a change seen through its selection, or its position. */
export type WatcherEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; stored: StoredObject }
  | { type: 'BOOKMARK'; revision: number; initialEventsEnd: boolean }

/** Which objects of a resource are meant. */
export interface Selection {
  namespace: string | undefined
  /** Undefined where there is no selector. */
  matches: ((stored: StoredObject) => boolean) | undefined
}

export const selects = (selection: Selection, stored: StoredObject): boolean =>
  (selection.namespace === undefined || selection.namespace === stored.namespace) &&
  (selection.matches === undefined || selection.matches(stored))

/** Events that wait in a watcher before its client counts as too slow. */
const MAX_BUFFERED = 10_000

/** One watch: a bounded buffer between the store and whoever reads the events. */
export class Watcher implements Disposable {
  readonly #selection: Selection
  readonly #onDispose: (watcher: Watcher) => void
  readonly #onOverflow: () => void
  #buffer: WatcherEvent[] = []
  #wake: (() => void) | undefined
  #ended = false
  #error: unknown

  constructor(selection: Selection, onDispose: (watcher: Watcher) => void, onOverflow: () => void) {
    this.#selection = selection
    this.#onDispose = onDispose
    this.#onOverflow = onOverflow
  }

  offer(event: StoreEvent): void {
    const seen = through(this.#selection, event)
    if (seen) this.push(seen)
  }

  push(event: WatcherEvent): void {
    if (this.#ended) return
    if (this.#buffer.length >= MAX_BUFFERED) {
      this.#buffer = []
      this.#onOverflow()
      this.end(apiError('Expired', 'the watch was read too slowly and is ended; list again'))
      return
    }
    this.#buffer.push(event)
    this.#wake?.()
  }

  /** Everything buffered, in order, waiting for the first; undefined at the end. Throws what ended the watch. */
  async take(): Promise<readonly WatcherEvent[] | undefined> {
    while (this.#buffer.length === 0) {
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error
        return undefined
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    const events = this.#buffer
    this.#buffer = []
    return events
  }

  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#onDispose(this)
    this.#wake?.()
  }

  [Symbol.dispose](): void {
    this.#buffer = []
    this.end()
  }
}

/** A change as a selection sees it: an object that begins or ceases to match is added or deleted. */
function through(selection: Selection, event: StoreEvent): WatcherEvent | undefined {
  const { type, stored, previous } = event
  if (selection.namespace !== undefined && selection.namespace !== stored.namespace) return undefined
  const { matches } = selection
  if (!matches) return { type, stored }
  const before = previous !== undefined && matches(previous)
  if (type === 'DELETED') return before ? { type, stored } : undefined
  if (matches(stored)) return { type: before ? 'MODIFIED' : 'ADDED', stored }
  return before && previous ? { type: 'DELETED', stored: atRevision(previous, stored.revision) } : undefined
}

/** The object's state under a later revision, as a deletion shows it. */
export function atRevision(stored: StoredObject, revision: number): StoredObject {
  const { object } = stored
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  return StoredObject.of(revision, { ...object, metadata })
}
