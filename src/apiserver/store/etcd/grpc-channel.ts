import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { Clock } from '../../../lib/clock.ts'

/** The status codes of gRPC that matter here; the others are passed on as numbers. */
export const DEADLINE_EXCEEDED = 4
export const UNAVAILABLE = 14
const CANCELLED = 1
const UNKNOWN = 2
const INTERNAL = 13

/** A call that did not end with status OK. */
export class GrpcError extends Error {
  override name = 'GrpcError'
  readonly code: number
  /** False where the server cannot have seen the request, so that it is safe to send it again. */
  readonly wasSent: boolean

  constructor(code: number, message: string, wasSent = true) {
    super(message)
    this.code = code
    this.wasSent = wasSent
  }
}

export interface GrpcTls {
  /** All in PEM. */
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
}

export interface GrpcChannelOptions {
  /** `http://` or `https://` URLs of servers that are as good as each other. */
  endpoints: readonly string[]
  tls?: GrpcTls | undefined
  clock: Clock
}

const CALL_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 3_000
/** As client-go's etcd client has them: a dead connection is noticed within the sum of both. */
const PING_EVERY_MS = 30_000
const PING_TIMEOUT_MS = 10_000
/** Above etcd's own limit of a request, with room for a watch answer of many events. */
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024
const WINDOW_BYTES = 8 * 1024 * 1024

/** gRPC over HTTP/2: one connection to one of several servers, the next one when it breaks. */
export class GrpcChannel implements Disposable {
  readonly #options: GrpcChannelOptions
  #session: Promise<ClientHttp2Session> | undefined
  #next = 0
  #closed = false

  constructor(options: GrpcChannelOptions) {
    this.#options = options
  }

  /** One request, one answer. Throws GrpcError. */
  async unary(path: string, request: Buffer): Promise<Buffer> {
    const { clock } = this.#options
    const stream = await this.#open(path)
    let late = false
    const timer = clock.after(CALL_TIMEOUT_MS, () => {
      late = true
      stream.close()
    })
    try {
      stream.end(frame(request))
      let answer: Buffer | undefined
      for await (const message of messages(stream)) answer = message
      if (!answer) throw new GrpcError(INTERNAL, `${path}: the answer is empty`)
      return answer
    } catch (error) {
      throw late ? new GrpcError(DEADLINE_EXCEEDED, `${path}: no answer within ${CALL_TIMEOUT_MS} ms`) : error
    } finally {
      timer[Symbol.dispose]()
    }
  }

  /** A request whose answers go on until the signal aborts. Throws GrpcError when they end otherwise. */
  async *serverStream(path: string, request: Buffer, signal: AbortSignal): AsyncGenerator<Buffer> {
    const stream = await this.#open(path)
    const stop = () => stream.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      // Left open: etcd ends a watch when its client's side is closed.
      stream.write(frame(request))
      yield* messages(stream)
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', stop)
      stream.close()
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#session?.then(session => session.destroy()).catch(() => {})
  }

  async #open(path: string): Promise<ClientHttp2Stream> {
    const session = await this.#connected()
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    // What breaks the stream is thrown to whoever reads it.
    stream.on('error', () => {})
    return stream
  }

  async #connected(): Promise<ClientHttp2Session> {
    if (this.#closed) throw new GrpcError(CANCELLED, 'the connection was closed', false)
    const { endpoints } = this.#options
    const failures: string[] = []
    while (failures.length < endpoints.length) {
      this.#session ??= this.#connect()
      const connecting = this.#session
      try {
        const session = await connecting
        if (!session.closed && !session.destroyed) return session
      } catch (error) {
        failures.push((error as Error).message)
      }
      // Only the first of those who waited for it gives it up.
      if (this.#session === connecting) this.#session = undefined
    }
    throw new GrpcError(UNAVAILABLE, `no etcd server answers: ${failures.join('; ')}`, false)
  }

  #connect(): Promise<ClientHttp2Session> {
    const { endpoints, tls = {}, clock } = this.#options
    const url = endpoints[this.#next++ % endpoints.length] ?? ''
    return new Promise((resolve, reject) => {
      const session = connect(url, { ...tls, settings: { initialWindowSize: WINDOW_BYTES } })
      const limit = clock.after(CONNECT_TIMEOUT_MS, () =>
        session.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)),
      )
      const pings = clock.every(PING_EVERY_MS, () => {
        const overdue = clock.after(PING_TIMEOUT_MS, () => session.destroy())
        if (!session.destroyed) session.ping(() => overdue[Symbol.dispose]())
      })
      session.once('connect', () => {
        limit[Symbol.dispose]()
        session.setLocalWindowSize(WINDOW_BYTES)
        resolve(session)
      })
      session.once('goaway', () => session.close())
      session.once('close', () => {
        limit[Symbol.dispose]()
        pings[Symbol.dispose]()
        reject(new Error(`${url}: the connection was closed`))
      })
      session.once('error', error => reject(new Error(`${url}: ${error.message}`)))
      session.on('error', () => {})
    })
  }
}

const PREFIX_BYTES = 5

function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  message.copy(framed, PREFIX_BYTES)
  return framed
}

/** The messages of an answer; throws GrpcError unless it ends with status OK. */
async function* messages(stream: ClientHttp2Stream): AsyncGenerator<Buffer> {
  let status: GrpcError | 'ok' | undefined
  const take = (headers: Record<string, unknown>) => {
    const code = headers['grpc-status']
    if (code === '0') status = 'ok'
    else if (code !== undefined)
      status = new GrpcError(Number(code), decodeURIComponent(String(headers['grpc-message'] ?? '')))
    else if (headers[':status'] !== undefined && headers[':status'] !== 200)
      status = new GrpcError(UNKNOWN, `the server answered with HTTP status ${String(headers[':status'])}`)
  }
  stream.on('response', take)
  stream.on('trailers', take)
  let parts: Buffer[] = []
  let held = 0
  let wanted = PREFIX_BYTES
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      parts.push(chunk)
      held += chunk.length
      if (held < wanted) continue
      let buffer = parts.length === 1 ? chunk : Buffer.concat(parts)
      wanted = PREFIX_BYTES
      while (buffer.length >= PREFIX_BYTES) {
        const length = buffer.readUInt32BE(1)
        if (buffer[0] !== 0 || length > MAX_MESSAGE_BYTES)
          throw new GrpcError(INTERNAL, 'the answer is compressed or too large')
        wanted = PREFIX_BYTES + length
        if (buffer.length < wanted) break
        yield buffer.subarray(PREFIX_BYTES, wanted)
        buffer = buffer.subarray(wanted)
        wanted = PREFIX_BYTES
      }
      parts = [buffer]
      held = buffer.length
    }
  } catch (error) {
    if (error instanceof GrpcError) throw error
    throw new GrpcError(UNAVAILABLE, `the connection broke: ${(error as Error).message}`)
  }
  if (status instanceof GrpcError) throw status
  if (status !== 'ok') throw new GrpcError(UNAVAILABLE, 'the connection broke before the answer was whole')
}
