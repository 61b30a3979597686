import { comparePending, type PendingResize } from './pending-order.ts'

interface Waiting extends PendingResize {
  tryAgain(): void
}

/** The resizes that wait for resources of this node. */
export class ResizeQueue {
  /** By the pod's uid. */
  readonly #waiting = new Map<string, Waiting>()

  put(uid: string, waiting: Waiting): void {
    this.#waiting.set(uid, waiting)
  }

  remove(uid: string): void {
    this.#waiting.delete(uid)
  }

  /** Resources have become free: all are tried again, in the kubelet's order. */
  retry(): void {
    for (const waiting of [...this.#waiting.values()].sort(comparePending)) waiting.tryAgain()
  }
}
