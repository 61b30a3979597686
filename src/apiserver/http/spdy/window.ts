/** What every window holds at first: section 2.6.8 of the SPDY/3.1 draft. */
export const INITIAL_WINDOW = 64 * 1024

/** How much may be sent before the peer makes room; senders wait in order. */
export class Window {
  #room = INITIAL_WINDOW
  readonly #waiting: (() => void)[] = []

  /** Takes up to so many bytes; resolves to how many, 0 after `close`. Until `isCounted`, all are given. */
  async take(wanted: number, isCounted: () => boolean): Promise<number> {
    while (isCounted() && this.#room <= 0) {
      if (this.#isClosed) return 0
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    if (this.#isClosed) return 0
    const given = isCounted() ? Math.min(wanted, this.#room) : wanted
    this.#room -= given
    return given
  }

  /** The peer has made room, or, with a negative number, less of it. */
  add(bytes: number): void {
    this.#room += bytes
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Nobody is given anything any more. */
  close(): void {
    this.#isClosed = true
    this.add(0)
  }

  #isClosed = false
}
