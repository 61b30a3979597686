/** A process that answers questions about one repository. */
interface Reader extends Disposable {
  readonly isBusy: boolean
}

/** Keeps the number of open `cat-file` processes bounded: the one not used for longest and not busy is ended. */
export class RunningReaders {
  readonly #limit: number
  readonly #running = new Set<Reader>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Called for every question: the reader is now the one used last. */
  use(reader: Reader): void {
    this.#running.delete(reader)
    this.#running.add(reader)
    if (this.#running.size <= this.#limit) return
    for (const candidate of this.#running)
      if (candidate !== reader && !candidate.isBusy) {
        // Disposing calls `remove`.
        candidate[Symbol.dispose]()
        return
      }
  }

  remove(reader: Reader): void {
    this.#running.delete(reader)
  }

  get size(): number {
    return this.#running.size
  }
}
