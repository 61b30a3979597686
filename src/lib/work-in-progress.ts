/**
 * Counts work that goes on side by side, and tells when some of it has ended. Racing the promises themselves would cost
 * as much for every end as there are promises.
 */
export class WorkInProgress {
  #count = 0
  #next: { ended: Promise<void>; tell: () => void } | undefined

  get size(): number {
    return this.#count
  }

  /** Takes in work whose failures are somebody else's. */
  add(work: Promise<void>): void {
    this.#count++
    void work.finally(() => {
      this.#count--
      this.#next?.tell()
      this.#next = undefined
    })
  }

  /** Resolves when the next piece ends; at once where there is none. */
  ended(): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    if (!this.#next) {
      let tell = () => {}
      const ended = new Promise<void>(resolve => {
        tell = resolve
      })
      this.#next = { ended, tell }
    }
    return this.#next.ended
  }

  /** Resolves when all of it has ended. */
  async settled(): Promise<void> {
    while (this.#count > 0) await this.ended()
  }
}
