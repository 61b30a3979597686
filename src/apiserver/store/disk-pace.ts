/** A write within so many milliseconds costs less than what a worker thread that makes it would. */
const QUICK_MS = 0.5
/** What a quick write earns. */
const EARNED_MS = 0.1
const NEEDED_MS = 1
const MAX_MS = 5
/** After a very long write, or many, so many quick ones follow at most. */
const MIN_MS = -100

/**
 * Whether the disk answers so fast, and so evenly, that waiting for it in place is right. Quick writes earn time, slow
 * ones spend it: whatever the disk does, the process has stood still for a small part of the writing only.
 */
export class DiskPace {
  #creditMs = 0

  /** How long a write of one record took. No time at all says nothing: the clock is a virtual one. */
  note(ms: number): void {
    if (ms > QUICK_MS) this.#creditMs = Math.max(MIN_MS, this.#creditMs - ms)
    else if (ms > 0) this.#creditMs = Math.min(MAX_MS, this.#creditMs + EARNED_MS)
  }

  get isQuick(): boolean {
    return this.#creditMs >= NEEDED_MS
  }
}
