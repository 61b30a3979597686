import type { Clock } from '../../lib/clock.ts'

/** How often kube-apiserver compacts its etcd, up to where it was a turn before (`storagebackend`). */
const INTERVAL_MS = 5 * 60_000

/** The oldest revision that a list may still show: five to ten minutes old, as clients know it from etcd's compaction. */
export class PageHorizon implements Disposable {
  readonly #timer: Disposable
  #oldest = 0
  #next = 0

  constructor(clock: Clock, revision: () => number) {
    this.#timer = clock.every(INTERVAL_MS, () => {
      this.#oldest = this.#next
      this.#next = revision()
    })
  }

  get oldest(): number {
    return this.#oldest
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }
}
