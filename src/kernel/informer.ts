import type { Kind } from '../kube/kind.ts'
import type { KubeObject } from '../kube/object.ts'

export interface InformerEvent<T> {
  type: 'added' | 'modified' | 'deleted'
  object: T
  /** The last known state before a modification. */
  previous?: T | undefined
}

/** A local, live, read-only copy of one kind; keys are `namespace/name`. */
export interface Informer<T extends KubeObject> {
  readonly kind: Kind<T>
  get(key: string): T | undefined
  list(namespace?: string): readonly T[]
  /** Objects for which the index function named `index` yielded `value`. */
  by(index: string, value: string): readonly T[]
  /** Adds an index; the function yields the values an object is found under. Adding the same name twice is a no-op. */
  addIndex(index: string, values: (object: T) => readonly string[]): void
  /** Calls the handler for everything present and every later change, synchronously in order. */
  onChange(handler: (event: InformerEvent<T>) => void): Disposable
  /** Resolves when the first list is in; rejects with ApiError when the API server does not allow it. */
  readonly synced: Promise<void>
}

/** One shared informer a kind, started when first asked for. */
export interface Informers {
  for<T extends KubeObject>(kind: Kind<T>): Informer<T>
}

/** The index, present on every informer, of controlling owner's uid → objects. */
export const BY_OWNER = 'owner'
