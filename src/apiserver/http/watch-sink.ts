import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { drained } from '../../lib/drained.ts'
import { chunkOf, LAST_CHUNK } from './chunk.ts'
import type { Exchange } from './handler.ts'
import { wantedUpgrade } from './upgrade.ts'
import { acceptWebSocket } from './websocket/accept.ts'

/** Where the events of a watch go. */
export interface WatchSink {
  /** Every event is a message of its own; else several may be joined. */
  readonly isMessages: boolean
  readonly isGone: boolean
  begin(contentType: string): Promise<void>
  /** False when the client is to be waited for. */
  write(part: string | Buffer): boolean
  drained(): Promise<void>
  /** Cuts a client off that does not read. */
  cut(): void
  end(): void
}

/** The connection that the client asks for: the body of an answer, or a WebSocket. */
export const watchSink = (exchange: Exchange): WatchSink =>
  exchange.upgrade && wantedUpgrade(exchange.request) === 'websocket'
    ? new SocketSink(exchange)
    : new ResponseSink(exchange.response)

class ResponseSink implements WatchSink {
  readonly isMessages = false
  readonly #response: ServerResponse
  /** Where chunks go. Through the response each would wait for the end of the turn, and be written in pieces. */
  #socket: Socket | undefined

  constructor(response: ServerResponse) {
    this.#response = response
  }
  get isGone(): boolean {
    return this.#response.destroyed
  }
  async begin(contentType: string): Promise<void> {
    const response = this.#response
    response.writeHead(200, { 'content-type': contentType })
    response.flushHeaders()
    // Answers of HTTP/2 have no chunks, and one that waits for an earlier answer of its connection has no socket yet.
    if (response.chunkedEncoding !== true || !response.socket) return
    response.chunkedEncoding = false
    this.#socket = response.socket
  }
  write(part: string | Buffer): boolean {
    // An empty chunk would be the last.
    if (part.length === 0) return true
    if (!this.#socket) return this.#response.write(part)
    // The connection may serve another request when this one is over.
    return this.isGone || this.#socket.write(chunkOf(part))
  }
  drained(): Promise<void> {
    return drained(this.#socket ?? this.#response)
  }
  cut(): void {
    this.#response.destroy()
  }
  end(): void {
    this.#response.end(this.#socket ? LAST_CHUNK : undefined)
  }
}

/** Frames of this sub-protocol are binary; without one JSON comes as text. */
const BINARY = 'binary.k8s.io'
const MAX_UNREAD = 64 * 1024

class SocketSink implements WatchSink {
  readonly isMessages = true
  readonly #exchange: Exchange
  #socket: WebSocket | undefined
  #isBinary = false
  #flushed: Promise<void> = Promise.resolve()
  #finish = () => {}

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }
  get isGone(): boolean {
    return this.#socket !== undefined && this.#socket.readyState !== this.#socket.OPEN
  }
  async begin(contentType: string): Promise<void> {
    const accepted = await acceptWebSocket(this.#exchange, [BINARY])
    this.#socket = accepted.webSocket
    this.#isBinary = accepted.protocol === BINARY || contentType !== 'application/json'
    this.#finish = () => accepted[Symbol.dispose]()
  }
  write(part: string | Buffer): boolean {
    const socket = this.#socket
    if (!socket || this.isGone) return true
    // An error is that of a client that has gone.
    this.#flushed = new Promise(resolve => socket.send(part, { binary: this.#isBinary }, () => resolve()))
    return socket.bufferedAmount < MAX_UNREAD
  }
  drained(): Promise<void> {
    return this.#flushed
  }
  cut(): void {
    this.#socket?.terminate()
  }
  end(): void {
    this.#finish()
  }
}
