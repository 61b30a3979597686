const MAX_BYTES = 4096
const FALLBACK_BYTES = 2048

/** The last output of a container, for saying why it ended. */
export class OutputTail {
  #bytes: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(-MAX_BYTES)]).subarray(-MAX_BYTES)
  }

  /** What `terminationMessagePolicy: FallbackToLogsOnError` shows: at most 2048 bytes. */
  text(): string {
    return this.#bytes.subarray(-FALLBACK_BYTES).toString('utf8')
  }

  /** The address that the program could not listen on because it is taken, as far as its last words tell. */
  addressInUse(): string | undefined {
    const text = this.#bytes.toString('utf8')
    const match =
      // Node, Go and Python, in this order.
      /EADDRINUSE[^\n]*?((?:\S*:)?:?\d+)\s*$/m.exec(text) ??
      /listen tcp\S* (\S*:\d+): bind: address already in use/.exec(text) ??
      /address already in use[^\n]*/i.exec(text)
    return match ? (match[1] ?? 'an address') : undefined
  }
}
