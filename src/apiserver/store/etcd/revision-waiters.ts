import { apiError } from '../../../kube/status.ts'
import type { Clock } from '../../../lib/clock.ts'

/** Longer than a watch takes to be begun again on another server. */
const TIMEOUT_MS = 10_000

interface Waiter {
  revision: number
  resolve: () => void
  reject: (error: unknown) => void
}

/** Who waits for the watch to come to a revision. */
export class RevisionWaiters {
  readonly #clock: Clock
  #waiters: Waiter[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when `revision` is reached; rejects with ApiError Timeout when that takes too long. */
  async reach(revision: number, current: number): Promise<void> {
    if (revision <= current) return
    let timer: Disposable | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter = { revision, resolve, reject }
        this.#waiters.push(waiter)
        timer = this.#clock.after(TIMEOUT_MS, () => {
          this.#waiters = this.#waiters.filter(other => other !== waiter)
          reject(apiError('Timeout', `etcd has not shown revision ${revision} within ${TIMEOUT_MS} ms`))
        })
      })
    } finally {
      timer?.[Symbol.dispose]()
    }
  }

  reached(revision: number): void {
    if (this.#waiters.length === 0) return
    const done = this.#waiters.filter(waiter => waiter.revision <= revision)
    if (done.length === 0) return
    this.#waiters = this.#waiters.filter(waiter => waiter.revision > revision)
    for (const { resolve } of done) resolve()
  }

  end(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error)
  }
}
