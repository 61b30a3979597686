import { Duplex } from 'node:stream'
import type { SpdyHeaders } from './header-block.ts'
import { INITIAL_WINDOW, Window } from './window.ts'

/** What a stream needs of its connection. */
export interface StreamWires {
  /** Resolves when it is sent, or will never be. */
  sendData(stream: SpdyStream, data: Buffer, isLast: boolean): Promise<void>
  /** So many bytes of the stream have been read. */
  consumed(stream: SpdyStream, bytes: number): void
  closed(stream: SpdyStream): void
}

/** A peer without flow control is not read on while so much waits. */
const MAX_WAITING = 16 * INITIAL_WINDOW

/** One stream that the peer has opened. */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: SpdyHeaders
  readonly window = new Window()
  /** The peer has sent its last byte. */
  hasEnded = false
  readonly #wires: StreamWires
  readonly #arrived: Buffer[] = []
  #waiting = 0
  #wanted = false
  #room: (() => void) | undefined

  constructor(id: number, headers: SpdyHeaders, wires: StreamWires) {
    super({ allowHalfOpen: true })
    this.id = id
    this.headers = headers
    this.#wires = wires
    // Whoever uses the stream hears of its end by `close`.
    this.on('error', () => {})
  }

  /** Takes data of the peer; resolves when more may come. */
  receive(data: Buffer): Promise<void> | undefined {
    if (this.destroyed) return undefined
    this.#arrived.push(data)
    this.#waiting += data.length
    this.#pass()
    if (this.#waiting <= MAX_WAITING) return undefined
    return new Promise(resolve => {
      this.#room = resolve
    })
  }

  /** The peer has sent all. */
  receiveEnd(): void {
    this.hasEnded = true
    this.#pass()
  }

  #pass(): void {
    while (this.#wanted) {
      const next = this.#arrived.shift()
      if (!next) break
      this.#waiting -= next.length
      this.#wanted = this.push(next)
      this.#wires.consumed(this, next.length)
    }
    if (this.#arrived.length === 0 && this.hasEnded) this.push(null)
    if (this.#waiting <= MAX_WAITING) this.#makeRoom()
  }

  #makeRoom(): void {
    this.#room?.()
    this.#room = undefined
  }

  override _read(): void {
    this.#wanted = true
    this.#pass()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#wires.sendData(this, chunk, false).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#wires.sendData(this, Buffer.alloc(0), true).then(() => done(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#makeRoom()
    this.window.close()
    this.#wires.closed(this)
    done(error)
  }
}
