import type { Counter } from 'prom-client'
import type { Clock } from '../../../lib/clock.ts'
import type { StreamName } from '../logs/cri-line.ts'

/** A client that takes nothing for so long is cut off: the container waits for it meanwhile. */
const UNREAD_TIMEOUT_MS = 10_000

/** A client that is attached to a container. */
export interface Attached {
  /** What it returns resolves when more can be taken. */
  write(stream: StreamName, chunk: Buffer): void | Promise<void>
  /** It is cut off, because it did not read. */
  drop(): void
}

/** Those who are attached to one run of a container. */
export class Attachments {
  readonly #attached = new Set<Attached>()
  readonly #clock: Clock
  readonly #dropped: Counter

  constructor({ clock, counters }: { clock: Clock; counters: { detachedClients: Counter } }) {
    this.#clock = clock
    this.#dropped = counters.detachedClients
  }

  add(attached: Attached): Disposable {
    this.#attached.add(attached)
    return { [Symbol.dispose]: () => void this.#attached.delete(attached) }
  }

  /** Passes output on to all; resolves when all have taken it, or have been cut off. */
  publish(stream: StreamName, chunk: Buffer): void | Promise<void> {
    const waits: Promise<void>[] = []
    for (const attached of this.#attached) {
      const taken = attached.write(stream, chunk)
      if (taken) waits.push(this.#inTime(attached, taken))
    }
    if (waits.length > 0) return Promise.all(waits).then(() => {})
  }

  #inTime(attached: Attached, taken: Promise<void>): Promise<void> {
    return new Promise(resolve => {
      const limit = this.#clock.after(UNREAD_TIMEOUT_MS, () => {
        this.#attached.delete(attached)
        this.#dropped.inc()
        attached.drop()
        resolve()
      })
      void taken.finally(() => {
        limit[Symbol.dispose]()
        resolve()
      })
    })
  }
}
