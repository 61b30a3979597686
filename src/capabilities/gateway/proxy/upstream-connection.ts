import { connect, type Socket } from 'node:net'
import { ChunkedBody } from '../http/chunked.ts'
import { MAX_HEAD_BYTES } from '../http/fields.ts'
import { ResponseHead } from '../http/response-head.ts'

/** What an upstream connection tells the exchange that uses it. */
export interface Exchange {
  readonly isHead: boolean
  readonly wantsUpgrade: boolean
  /** The client cannot read chunks: HTTP/1.0. */
  readonly dechunks: boolean
  /** Whether all of the request has been sent. */
  readonly isRequestSent: boolean
  connected(): void
  /** The connection was refused or reset before it was made. */
  connectFailed(code: string): void
  /** Closed before a byte of the response. */
  lostBeforeResponse(): void
  /** The response cannot be understood. */
  badResponse(because: string): void
  interim(bytes: Buffer): void
  /** The final head, and the bytes of the body (`bodyStart`–`end`) that came with it; `buffer` is read again after this. */
  responseHead(head: ResponseHead, buffer: Buffer, bodyStart: number, end: number): boolean
  /** More of the body; false when the client is slower than this. */
  responseData(chunk: Buffer): boolean
  responseEnd(): void
  /** The body ended before it was complete. */
  responseBroken(): void
  switchedProtocols(bytes: Buffer): void
  tunnelEnd(): void
  /** The upstream can take more of the request. */
  upstreamDrained(): void
}

/** The pool that a connection goes back to. */
export interface Home {
  release(connection: UpstreamConnection): void
  closed(connection: UpstreamConnection): void
}

const CONNECTING = 0
const IDLE = 1
const HEAD = 2
const LENGTH = 3
const CHUNKED = 4
const UNTIL_CLOSE = 5
const TUNNEL = 6
const CLOSED = 7

/**
 * What any upstream socket reads goes here first and is used, or copied, before the next read: that spares an
 * allocation of 64 KiB for every read, which costs more than copying what came.
 */
const received = Buffer.allocUnsafeSlow(64 * 1024)

/** Fields of the head being looked at: used up before any other bytes are read, so one serves all. */
const head = new ResponseHead()

/** One keep-alive connection to an endpoint: carries one exchange at a time and follows the response's framing. */
export class UpstreamConnection {
  readonly socket: Socket
  readonly #home: Home
  #exchange: Exchange | undefined
  #state: number = CONNECTING
  #remaining = 0
  #chunked: ChunkedBody | undefined
  #pending: Buffer | undefined
  #keepAlive = true
  #errorCode = 'closed'
  /** Whether an earlier exchange ran here, so that its loss may only mean that the peer had enough. */
  isReused = false
  idleSince = 0
  /** How long the peer keeps it, as told in `Keep-Alive: timeout=`, less a margin. */
  idleLimitMs = Number.POSITIVE_INFINITY

  constructor(target: { address: string; port: number }, home: Home) {
    this.#home = home
    const socket = connect({
      host: target.address,
      port: target.port,
      noDelay: true,
      onread: {
        buffer: received,
        callback: length => {
          this.#read(received, length)
          return true
        },
      },
    })
    this.socket = socket
    socket.on('connect', () => {
      this.#state = HEAD
      this.#exchange?.connected()
    })
    socket.on('drain', () => this.#exchange?.upstreamDrained())
    socket.on('end', () => this.#ended())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message
    })
    socket.on('close', () => this.#closed())
  }

  get isConnecting(): boolean {
    return this.#state === CONNECTING
  }
  get isUsable(): boolean {
    return this.#state === IDLE && this.socket.writable
  }

  /** Gives the connection to an exchange; a pooled one can be written to at once. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange
    if (this.#state === IDLE) this.#state = HEAD
  }

  /** Ends it whatever it carries; the exchange is told nothing. */
  destroy(): void {
    this.#exchange = undefined
    if (this.#state === CLOSED) return
    this.#state = CLOSED
    this.socket.destroy()
  }

  #read(shared: Buffer, length: number): void {
    const exchange = this.#exchange
    // Bytes that nobody asked for would be taken for the next response.
    if (exchange === undefined) {
      this.destroy()
      return
    }
    if (this.#state === HEAD) {
      this.#readHead(exchange, shared, length)
      return
    }
    const chunk = Buffer.allocUnsafe(length)
    shared.copy(chunk, 0, 0, length)
    if (this.#state === LENGTH) {
      this.#readLength(exchange, chunk)
      return
    }
    if (this.#state === CHUNKED) {
      this.#readChunked(exchange, chunk)
      return
    }
    if (!exchange.responseData(chunk)) this.socket.pause()
  }

  #readHead(exchange: Exchange, shared: Buffer, length: number): void {
    const pending = this.#pending
    const buffer = pending === undefined ? shared : Buffer.concat([pending, shared.subarray(0, length)])
    const end = pending === undefined ? length : buffer.length
    this.#pending = undefined
    let from = 0
    for (;;) {
      const bodyStart = head.read(buffer, from, end)
      if (bodyStart < 0) {
        this.#refuse(exchange, head.refusal?.because ?? 'a malformed head')
        return
      }
      if (bodyStart === 0) {
        if (end - from > MAX_HEAD_BYTES) {
          this.#refuse(exchange, 'a head of more than 64 KiB')
          return
        }
        if (from < end) this.#pending = Buffer.from(buffer.subarray(from, end))
        return
      }
      if (head.status === 101) {
        if (!exchange.wantsUpgrade) {
          this.#refuse(exchange, 'a switch of protocols that nobody asked for')
          return
        }
        this.#state = TUNNEL
        exchange.switchedProtocols(Buffer.from(buffer.subarray(from, end)))
        return
      }
      if (head.status >= 200) {
        this.#begin(exchange, buffer, bodyStart, end)
        return
      }
      exchange.interim(Buffer.from(buffer.subarray(from, bodyStart)))
      from = bodyStart
      if (from === end) return
    }
  }

  /** Decides the framing of the body (RFC 9112 section 6.3) and passes on what came with the head. */
  #begin(exchange: Exchange, buffer: Buffer, bodyStart: number, end: number): void {
    this.#keepAlive = head.isOld ? head.connectionKeepAlive : !head.connectionClose
    if (head.keepAliveIndex >= 0) this.#noteKeepAlive(head.value(buffer, head.keepAliveIndex))
    const { status, chunked, contentLength } = head
    const hasBody = !exchange.isHead && status !== 204 && status !== 304
    if (hasBody && chunked) {
      this.#state = CHUNKED
      this.#chunked = new ChunkedBody()
      if (!exchange.responseHead(head, buffer, bodyStart, bodyStart)) this.socket.pause()
      // Copied, as data goes on in slices of it.
      if (bodyStart < end) this.#readChunked(exchange, Buffer.from(buffer.subarray(bodyStart, end)))
      return
    }
    if (hasBody && contentLength < 0) {
      this.#state = UNTIL_CLOSE
      this.#keepAlive = false
      if (!exchange.responseHead(head, buffer, bodyStart, end)) this.socket.pause()
      return
    }
    const length = hasBody ? contentLength : 0
    const available = end - bodyStart
    if (available > length) this.#keepAlive = false
    const taken = Math.min(available, length)
    const isFast = exchange.responseHead(head, buffer, bodyStart, bodyStart + taken)
    if (taken === length) {
      this.#finish(exchange)
      return
    }
    this.#state = LENGTH
    this.#remaining = length - taken
    if (!isFast) this.socket.pause()
  }

  #readLength(exchange: Exchange, chunk: Buffer): void {
    const available = chunk.length
    if (available < this.#remaining) {
      this.#remaining -= available
      if (!exchange.responseData(chunk)) this.socket.pause()
      return
    }
    if (available > this.#remaining) this.#keepAlive = false
    exchange.responseData(available > this.#remaining ? chunk.subarray(0, this.#remaining) : chunk)
    this.#remaining = 0
    this.#finish(exchange)
  }

  #readChunked(exchange: Exchange, chunk: Buffer): void {
    // Set together with the state.
    const body = this.#chunked!
    const data: Buffer[] | undefined = exchange.dechunks ? [] : undefined
    const end = body.scan(chunk, 0, chunk.length, data)
    if (end < 0) {
      this.destroy()
      exchange.responseBroken()
      return
    }
    let isFast = true
    if (data) for (const piece of data) isFast = exchange.responseData(piece) && isFast
    else isFast = exchange.responseData(end === chunk.length ? chunk : chunk.subarray(0, end))
    if (body.isDone) {
      if (end < chunk.length) this.#keepAlive = false
      this.#finish(exchange)
      return
    }
    if (!isFast) this.socket.pause()
  }

  #noteKeepAlive(value: string): void {
    const match = /(?:^|[,\s;])timeout\s*=\s*"?(\d{1,6})/i.exec(value)
    if (match) this.idleLimitMs = Math.max(0, Number(match[1]) * 1000 - 500)
  }

  /** The response is whole: back to the pool first, so that a pipelined request can use it at once. */
  #finish(exchange: Exchange): void {
    this.#exchange = undefined
    this.#chunked = undefined
    if (this.#keepAlive && exchange.isRequestSent && this.socket.writable) {
      this.#state = IDLE
      this.isReused = true
      if (this.socket.isPaused()) this.socket.resume()
      this.#home.release(this)
    } else this.destroy()
    exchange.responseEnd()
  }

  #refuse(exchange: Exchange, because: string): void {
    this.destroy()
    exchange.badResponse(because)
  }

  #ended(): void {
    const exchange = this.#exchange
    if (exchange !== undefined && this.#state === UNTIL_CLOSE) this.#finish(exchange)
    else if (exchange !== undefined && this.#state === TUNNEL) exchange.tunnelEnd()
  }

  #closed(): void {
    const exchange = this.#exchange
    const state = this.#state
    const sawBytes = this.#pending !== undefined
    this.#state = CLOSED
    this.#exchange = undefined
    this.#home.closed(this)
    if (exchange === undefined) return
    if (state === CONNECTING) exchange.connectFailed(this.#errorCode)
    else if (state === HEAD && sawBytes) exchange.badResponse('a head that ends half-way')
    else if (state === HEAD) exchange.lostBeforeResponse()
    else if (state === TUNNEL) exchange.tunnelEnd()
    else exchange.responseBroken()
  }
}
