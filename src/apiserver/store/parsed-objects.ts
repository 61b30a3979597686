/** A value that is kept while it is in use, and found again for as long as somebody else keeps it. */
interface Releasable {
  /** Characters of its text: its values take about twice as many bytes. */
  readonly size: number
  release(): void
}

/** Lets go of the oldest values when all that were taken in are larger than a limit. */
export class ParsedObjects {
  readonly #maxSize: number
  #kept: Releasable[] = []
  #first = 0
  #size = 0

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  keep(value: Releasable): void {
    this.#kept.push(value)
    this.#size += value.size
    while (this.#size > this.#maxSize) {
      const oldest = this.#kept[this.#first++]
      if (!oldest) break
      this.#size -= oldest.size
      oldest.release()
    }
    if (this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first)
      this.#first = 0
    }
  }
}
