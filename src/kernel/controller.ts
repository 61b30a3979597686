import type { Kind } from '../kube/kind.ts'
import { type KubeObject, keyOf } from '../kube/object.ts'

/** What makes a controller look at a key again. */
export interface Watch {
  kind: Kind
  /** The keys to reconcile when this object appears, changes or goes. */
  keys(object: KubeObject): readonly string[]
}

/**
 * A level-based reconciler: the key says only which object to look at. Throwing retries with exponential
 * back-off; a TerminalError does not; `after` asks to be woken again that many milliseconds later.
 */
export interface Controller {
  name: string
  watches: readonly Watch[]
  /** How many keys may be reconciled at once; a key never is twice at the same time. Default 4. */
  concurrency?: number
  /** Wakes that are not in `watches` (a push, kinds known only at run time): called once at start, disposed at the end. */
  wakes?(wake: (key: string) => void): Disposable
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>
}

// biome-ignore lint/suspicious/noConfusingVoidType: a reconciler that just ends is done.
export type ReconcileResult = void | { after: number }

/** Retrying cannot help: the input must change first. */
export class TerminalError extends Error {
  override name = 'TerminalError'
}

/** Wakes for the objects of the kind themselves. */
export const objectsOf = (kind: Kind): Watch => ({ kind, keys: object => [keyOf(object)] })

/** Wakes the controlling owner, when it is of the owner kind, for the objects it owns. */
export const ownedBy = (owner: Kind, kind: Kind): Watch => ({
  kind,
  keys: object => {
    const reference = object.metadata.ownerReferences?.find(
      candidate =>
        candidate.controller &&
        candidate.kind === owner.kind &&
        candidate.apiVersion.split('/')[0] === (owner.group || owner.version),
    )
    if (!reference) return []
    return [
      object.metadata.namespace && owner.namespaced
        ? `${object.metadata.namespace}/${reference.name}`
        : reference.name,
    ]
  },
})

/** Wakes the keys that a function finds for an object of the kind. */
export const mappedFrom = <T extends KubeObject>(
  kind: Kind<T>,
  keys: (object: T) => readonly string[],
): Watch => ({
  kind: kind as Kind,
  // The informer of `kind` only yields objects of its T.
  keys: object => keys(object as T),
})
