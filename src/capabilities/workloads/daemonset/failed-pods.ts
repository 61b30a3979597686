import type { Clock } from '../../../kernel/clock.ts'

/** As upstream: one second, doubling to a quarter of an hour. */
const FIRST_MS = 1000
const LONGEST_MS = 900_000

interface Entry {
  waitMs: number
  at: number
}

/** How long a node's failed daemon pod waits to be replaced, by the key that the caller chooses. */
export class FailedPods {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds until the next replacement may be. */
  waitMs(key: string): number {
    const entry = this.#entries.get(key)
    return entry ? Math.max(0, entry.at + entry.waitMs - this.#clock.now()) : 0
  }

  /** A failed pod is being replaced: the next one waits longer. */
  replaced(key: string): void {
    const now = this.#clock.now()
    const before = this.#entries.get(key)
    const isRecent = before && now - before.at < 2 * LONGEST_MS
    this.#entries.set(key, {
      waitMs: isRecent ? Math.min(before.waitMs * 2, LONGEST_MS) : FIRST_MS,
      at: now,
    })
    for (const [other, { at }] of this.#entries) if (now - at >= 2 * LONGEST_MS) this.#entries.delete(other)
  }
}
