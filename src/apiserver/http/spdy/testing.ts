import { Duplex } from 'node:stream'
import { constants, createDeflate, type Deflate } from 'node:zlib'
import { headerDictionary } from './dictionary.ts'
import { type ControlFrame, controlFrame, FLAG_FIN, type Frame, FrameReader, SYN_STREAM } from './frame.ts'

/** For tests: the client's end of a SPDY connection, frame by frame. */
export class SpdyClient {
  readonly frames: Frame[] = []
  readonly #wire: Duplex
  readonly #deflate: Deflate = createDeflate({ dictionary: headerDictionary })

  constructor(wire: Duplex) {
    this.#wire = wire
    const reader = new FrameReader()
    wire.on('data', (chunk: Buffer) => this.frames.push(...reader.push(chunk)))
  }

  send(...frames: Buffer[]): void {
    for (const frame of frames) this.#wire.write(frame)
  }

  end(): void {
    this.#wire.end()
  }

  /** Whether the other end has stopped reading what is sent. */
  get isHeldUp(): boolean {
    return this.#wire.writableNeedDrain
  }

  async open(id: number, headers: Record<string, string>, flags = 0): Promise<void> {
    this.send(synStream(id, await this.compress(headerBlock(headers)), flags))
  }

  compress(block: Buffer): Promise<Buffer> {
    const deflate = this.#deflate
    deflate.write(block)
    return new Promise(resolve =>
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(deflate.read() as Buffer)),
    )
  }

  /** The first frame of a type that has come. */
  control(type: number): ControlFrame | undefined {
    return this.frames.find((frame): frame is ControlFrame => frame.kind === 'control' && frame.type === type)
  }

  /** What has come on a stream so far. */
  received(id: number): string {
    return this.frames
      .flatMap(frame => (frame.kind === 'data' && frame.streamId === id ? [String(frame.payload)] : []))
      .join('')
  }

  hasEnded(id: number): boolean {
    return this.frames.some(
      frame => frame.kind === 'data' && frame.streamId === id && frame.flags === FLAG_FIN,
    )
  }
}

export function headerBlock(headers: Record<string, string>): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const entries = Object.entries(headers)
  const text = (value: string) => Buffer.concat([number(value.length), Buffer.from(value)])
  return Buffer.concat([
    number(entries.length),
    ...entries.flatMap(([name, value]) => [text(name), text(value)]),
  ])
}

export function synStream(id: number, block: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(10)
  head.writeUInt32BE(id)
  return controlFrame(SYN_STREAM, Buffer.concat([head, block]), flags)
}

/** For tests: two ends of a connection, what is written to one is read from the other. */
export function duplexPair(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  const waiting: ((() => void) | undefined)[] = []
  const release = (end: number) => {
    const done = waiting[end]
    waiting[end] = undefined
    done?.()
  }
  const make = (own: number, other: number) =>
    new Duplex({
      read() {
        release(own)
      },
      write(chunk: Buffer, _, done) {
        waiting[other] = done
        if (ends[other]?.push(chunk)) release(other)
      },
      final(done) {
        ends[other]?.push(null)
        done()
      },
    })
  const first = make(0, 1)
  const second = make(1, 0)
  ends.push(first, second)
  return [first, second]
}
