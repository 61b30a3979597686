import type { Clock } from '../../../lib/clock.ts'

/** Endpoints that match for so long are taken to be known to every gateway. */
const SETTLE_MS = 250

/** Remembers since when conditions hold. Bounded by the keys that hold now; forgotten on restart, which only waits anew. */
export class SettledSince {
  readonly #clock: Clock
  readonly #since = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a condition has held long enough, or in how many milliseconds it will have. */
  since(key: string, holds: boolean): { isSettled: boolean; inMs: number | undefined } {
    if (!holds) {
      this.#since.delete(key)
      return { isSettled: false, inMs: undefined }
    }
    const now = this.#clock.now()
    const since = this.#since.get(key) ?? now
    this.#since.set(key, since)
    const left = since + SETTLE_MS - now
    return left <= 0 ? { isSettled: true, inMs: undefined } : { isSettled: false, inMs: left }
  }

  forget(uid: string): void {
    for (const side of ['stable', 'canary']) this.#since.delete(`${uid}/${side}`)
  }
}
