import { ChunkedBody } from '../http/chunked.ts'

/** Follows the body of one request, by its length or its chunks. */
export class RequestBody {
  #remaining = 0
  #chunked: ChunkedBody | undefined

  begin(framing: { chunked: boolean; contentLength: number }): void {
    this.#chunked = framing.chunked ? new ChunkedBody() : undefined
    this.#remaining = framing.chunked ? 0 : Math.max(0, framing.contentLength)
  }

  get isWhole(): boolean {
    return this.#chunked === undefined ? this.#remaining === 0 : this.#chunked.isDone
  }

  /** Position after the last byte from `start` that belongs to the body; -1 when its framing is broken. */
  take(bytes: Buffer, start: number, end: number): number {
    if (this.#chunked !== undefined)
      return this.#chunked.isDone ? start : this.#chunked.scan(bytes, start, end)
    const taken = Math.min(this.#remaining, end - start)
    this.#remaining -= taken
    return start + taken
  }
}
