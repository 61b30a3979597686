import type { Duplex } from 'node:stream'
import {
  CANCEL,
  type ControlFrame,
  controlFrame,
  type DataFrame,
  dataFrame,
  FLAG_FIN,
  type Frame,
  FrameReader,
  GOAWAY,
  INVALID_STREAM,
  numberFrame,
  numbers,
  PING,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  RST_STREAM,
  SETTINGS,
  SYN_REPLY,
  SYN_STREAM,
  WINDOW_UPDATE,
} from './frame.ts'
import { EmptyHeaderWriter, HeaderReader } from './header-block.ts'
import { SpdyError } from './spdy-error.ts'
import { SpdyStream, type StreamWires } from './stream.ts'
import { INITIAL_WINDOW, Window } from './window.ts'

interface SessionOptions {
  /** Takes a stream that the peer opens; false resets it. */
  accept(stream: SpdyStream): boolean
  limitHit(name: string): void
}

const MAX_STREAMS = 1000
const MAX_FRAME_BYTES = 32 * 1024
/** SETTINGS_INITIAL_WINDOW_SIZE. */
const INITIAL_WINDOW_SETTING = 7
const SYN_STREAM_HEAD = 10

/** The server's side of a SPDY/3.1 connection, on which the client opens streams. */
export class SpdySession implements StreamWires {
  readonly #transport: Duplex
  readonly #options: SessionOptions
  readonly #streams = new Map<number, SpdyStream>()
  readonly #window = new Window()
  readonly #reader = new FrameReader()
  readonly #headers = new HeaderReader()
  readonly #replies = new EmptyHeaderWriter()
  /** Bytes that were read, but not yet given back as room, of the connection (0) and of streams. */
  readonly #credit = new Map<number, number>()
  #lastId = 0
  #initialWindow = INITIAL_WINDOW
  /** kubectl's library keeps no windows, and would wait for ever if we did: they count once the peer has shown that it does. */
  #isCounted = false

  constructor(transport: Duplex, options: SessionOptions) {
    this.#transport = transport
    this.#options = options
    transport.on('error', () => {})
  }

  /** Serves until the transport ends. What is no SPDY ends it, and is counted. */
  run(): Promise<void> {
    const transport = this.#transport
    return new Promise(resolve => {
      const end = () => {
        this.#window.close()
        for (const stream of this.#streams.values()) stream.destroy()
        this.#headers[Symbol.dispose]()
        transport.end()
        resolve()
      }
      transport.once('end', end).once('close', end)
      // Frames are handled in order, and nothing is read meanwhile.
      transport.on('data', (chunk: Buffer) => {
        transport.pause()
        this.#take(chunk).then(
          () => transport.resume(),
          error => this.#fail(error),
        )
      })
    })
  }

  async #take(chunk: Buffer): Promise<void> {
    for (const frame of this.#reader.push(chunk)) {
      const handled = this.#handle(frame)
      if (handled) await handled
    }
  }

  #fail(error: unknown): void {
    this.#options.limitHit('spdy_frame')
    const transport = this.#transport
    if (error instanceof SpdyError && transport.writable)
      transport.end(numberFrame(GOAWAY, this.#lastId, PROTOCOL_ERROR), () => transport.destroy())
    else transport.destroy()
  }

  /** Says that nothing more follows; the connection ends when the client has seen it. */
  end(): void {
    if (this.#transport.writable) this.#transport.end(numberFrame(GOAWAY, this.#lastId, 0))
  }

  async sendData(stream: SpdyStream, data: Buffer, isLast: boolean): Promise<void> {
    if (data.length === 0) {
      await this.#send(dataFrame(stream.id, data, isLast ? FLAG_FIN : 0))
      return
    }
    let rest = data
    while (rest.length > 0) {
      const wanted = Math.min(rest.length, MAX_FRAME_BYTES)
      const ofStream = await stream.window.take(wanted, () => this.#isCounted)
      const size = await this.#window.take(ofStream, () => this.#isCounted)
      if (size === 0) return
      stream.window.add(ofStream - size)
      await this.#send(dataFrame(stream.id, rest.subarray(0, size)))
      rest = rest.subarray(size)
    }
  }

  consumed(stream: SpdyStream, bytes: number): void {
    for (const id of stream.hasEnded ? [0] : [0, stream.id]) {
      const credit = (this.#credit.get(id) ?? 0) + bytes
      const isDue = credit >= INITIAL_WINDOW / 2
      this.#credit.set(id, isDue ? 0 : credit)
      if (isDue) void this.#send(numberFrame(WINDOW_UPDATE, id, credit))
    }
  }

  closed(stream: SpdyStream): void {
    this.#credit.delete(stream.id)
    // One that the peer has reset is forgotten already.
    if (!this.#streams.delete(stream.id)) return
    const isWhole = stream.hasEnded && stream.writableFinished
    if (!isWhole) void this.#send(numberFrame(RST_STREAM, stream.id, CANCEL))
  }

  /** Resolves when the transport takes more, or is gone. */
  #send(frame: Buffer): Promise<void> {
    const transport = this.#transport
    if (!transport.writable || transport.write(frame)) return Promise.resolve()
    return new Promise(resolve => {
      const done = () => {
        transport.off('drain', done).off('close', done)
        resolve()
      }
      transport.on('drain', done).on('close', done)
    })
  }

  /** Yields what to wait for before the next frame. */
  #handle(frame: Frame): Promise<void> | undefined {
    if (frame.kind === 'data') return this.#data(frame)
    switch (frame.type) {
      case SYN_STREAM:
        return this.#open(frame)
      case RST_STREAM: {
        const [id = 0] = numbers(frame, 2)
        const stream = this.#streams.get(id)
        this.#streams.delete(id)
        stream?.destroy()
        return
      }
      case SETTINGS:
        this.#settings(frame)
        return
      case PING: {
        const [id = 0] = numbers(frame, 1)
        // Even numbers would be answers to pings of ours.
        return id % 2 === 1 ? this.#send(numberFrame(PING, id)) : undefined
      }
      case WINDOW_UPDATE: {
        const [id = 0, bytes = 0] = numbers(frame, 2)
        this.#isCounted = true
        const window = id === 0 ? this.#window : this.#streams.get(id)?.window
        window?.add(bytes)
        return
      }
      default:
        // GOAWAY announces the end, which follows; a client's HEADERS say nothing here; others are to be ignored.
        return
    }
  }

  async #open(frame: ControlFrame): Promise<void> {
    const [id = 0] = numbers(frame, 2)
    if (frame.payload.length < SYN_STREAM_HEAD) throw new SpdyError('SYN_STREAM is cut short')
    if (id % 2 === 0 || id <= this.#lastId)
      throw new SpdyError(`stream ${id} cannot be opened by a client now`)
    this.#lastId = id
    const headers = await this.#headers.read(frame.payload.subarray(SYN_STREAM_HEAD))
    if (this.#streams.size >= MAX_STREAMS) {
      this.#options.limitHit('spdy_streams')
      await this.#send(numberFrame(RST_STREAM, id, REFUSED_STREAM))
      return
    }
    const stream = new SpdyStream(id, headers, this)
    stream.window.add(this.#initialWindow - INITIAL_WINDOW)
    this.#streams.set(id, stream)
    if (frame.flags & FLAG_FIN) stream.receiveEnd()
    if (!this.#options.accept(stream)) {
      stream.destroy()
      return
    }
    const stated = Buffer.alloc(4)
    stated.writeUInt32BE(id)
    await this.#send(controlFrame(SYN_REPLY, Buffer.concat([stated, this.#replies.write()])))
  }

  #data({ streamId, flags, payload }: DataFrame): Promise<void> | undefined {
    const stream = this.#streams.get(streamId)
    if (!stream || stream.hasEnded) {
      // Of a stream that has ended here what was under way is thrown away.
      return streamId > this.#lastId
        ? this.#send(numberFrame(RST_STREAM, streamId, INVALID_STREAM))
        : undefined
    }
    const room = payload.length > 0 ? stream.receive(payload) : undefined
    if (flags & FLAG_FIN) stream.receiveEnd()
    return room
  }

  /** Section 2.6.4: a count, then entries of flags, id and value. */
  #settings({ payload }: ControlFrame): void {
    const count = payload.length >= 4 ? payload.readUInt32BE(0) : 0
    if (payload.length !== 4 + 8 * count) throw new SpdyError('SETTINGS is cut short')
    for (let at = 4; at < payload.length; at += 8) {
      if (payload.readUIntBE(at + 1, 3) !== INITIAL_WINDOW_SETTING) continue
      const size = payload.readUInt32BE(at + 4) & 0x7fffffff
      for (const stream of this.#streams.values()) stream.window.add(size - this.#initialWindow)
      this.#initialWindow = size
      this.#isCounted = true
    }
  }
}
