const END_OF_HEAD = Buffer.from('\r\n\r\n', 'latin1')

/** Bytes of a client that are not used yet: usually one chunk, as it came; a copy only when heads arrive in pieces. */
export class InputBuffer {
  bytes: Buffer | undefined
  start = 0
  end = 0
  /** Up to where the end of a head was looked for in vain. */
  #scanned = 0
  #isOwn = false

  get length(): number {
    return this.end - this.start
  }
  /** Whether the head that begins at `start` was looked at before and found incomplete. */
  get isPartial(): boolean {
    return this.#scanned > this.start
  }

  /** Adds the first `length` bytes of a chunk, which may be overwritten later: see `own`. */
  append(chunk: Buffer, length: number): void {
    if (this.bytes === undefined) {
      this.bytes = chunk
      this.start = 0
      this.end = length
      this.#scanned = 0
      this.#isOwn = false
      return
    }
    this.#grow(length)
    chunk.copy(this.bytes, this.end, 0, length)
    this.end += length
  }

  /** Copies what is left of a borrowed chunk. */
  own(): void {
    if (!this.#isOwn) this.#grow(0)
  }

  #grow(by: number): void {
    const { bytes } = this
    if (bytes !== undefined && (!this.#isOwn || this.end + by > bytes.length)) {
      const length = this.length
      const grown = Buffer.allocUnsafe(Math.max(4096, 2 * (length + by)))
      bytes.copy(grown, 0, this.start, this.end)
      this.#scanned = Math.max(0, this.#scanned - this.start)
      this.start = 0
      this.end = length
      this.#isOwn = true
      this.bytes = grown
    }
  }

  /** Whether a head may be complete: spares reading one that trickles in over and over. */
  mayHoldHead(): boolean {
    if (this.bytes === undefined) return false
    if (!this.isPartial) return true
    const from = Math.max(this.start, this.#scanned - 3)
    return this.bytes.subarray(0, this.end).indexOf(END_OF_HEAD, from) >= 0
  }

  markPartial(): void {
    this.#scanned = this.end
  }

  /** Everything before `position` is used. */
  consume(position: number): void {
    this.start = position
    this.#scanned = 0
    if (position === this.end) this.bytes = undefined
  }

  clear(): void {
    this.bytes = undefined
  }
}
