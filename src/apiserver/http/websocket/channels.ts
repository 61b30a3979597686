import { Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'

/** Channel of a v5 message that says which channel has ended: the next byte. */
const CLOSE = 255

/** Several byte streams over one WebSocket: the first byte of a message is the number of its channel. */
export class WebSocketChannels {
  readonly #webSocket: WebSocket
  readonly #isBase64: boolean
  readonly #readers = new Map<number, Readable>()
  readonly #full = new Set<number>()

  /** The sub-protocols are `[v4.|v5.]channel.k8s.io` and `[v4.]base64.channel.k8s.io`. */
  constructor(webSocket: WebSocket, protocol: string) {
    this.#webSocket = webSocket
    this.#isBase64 = protocol.includes('base64')
    const ends = protocol.startsWith('v5.')
    webSocket.on('message', (data: Buffer, isBinary) => {
      const [channel, content] = this.#decode(data, isBinary)
      if (ends && channel === CLOSE) this.#end(content.length === 1 ? content.readUInt8(0) : undefined)
      else if (content.length > 0) this.#receive(channel, content)
    })
    webSocket.once('close', () => {
      for (const channel of this.#readers.keys()) this.#end(channel)
    })
  }

  /** What the client sends on a channel. What comes for channels that nobody reads is thrown away. */
  readable(channel: number): Readable {
    const reader = new Readable({
      read: () => {
        if (this.#full.delete(channel) && this.#full.size === 0) this.#webSocket.resume()
      },
    })
    this.#readers.set(channel, reader)
    return reader
  }

  /** Sends to the client on a channel, in step with how it reads. */
  writable(channel: number): Writable {
    const writer = new Writable({
      write: (chunk: Buffer, _, done) => this.#send(channel, chunk, done),
      // The connection has gone, which its owner hears of.
    }).on('error', () => {})
    this.#webSocket.once('close', () => writer.destroy())
    return writer
  }

  #send(channel: number, chunk: Buffer, done: (error?: Error | null) => void): void {
    const message = this.#isBase64
      ? `${channel}${chunk.toString('base64')}`
      : Buffer.concat([Buffer.of(channel), chunk])
    this.#webSocket.send(message, { binary: !this.#isBase64 }, done)
  }

  #decode(data: Buffer, isBinary: boolean): [channel: number, content: Buffer] {
    if (data.length === 0) return [-1, data]
    if (this.#isBase64 && !isBinary)
      return [data.readUInt8(0) - '0'.charCodeAt(0), Buffer.from(data.toString('latin1', 1), 'base64')]
    return [data.readUInt8(0), data.subarray(1)]
  }

  #receive(channel: number, content: Buffer): void {
    const reader = this.#readers.get(channel)
    if (!reader || reader.destroyed || reader.readableEnded || reader.push(content)) return
    this.#full.add(channel)
    this.#webSocket.pause()
  }

  #end(channel: number | undefined): void {
    if (channel === undefined) return
    const reader = this.#readers.get(channel)
    this.#readers.delete(channel)
    if (reader && !reader.destroyed) reader.push(null)
  }
}
