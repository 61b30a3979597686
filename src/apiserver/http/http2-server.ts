import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Clock } from '../../lib/clock.ts'

interface Http2Options {
  clock: Clock
  maxHeaderBytes: number
  /** A connection without requests is closed after so long. */
  keepAliveMs: number
  /** A request whose body is not whole by then is cut. */
  requestTimeoutMs: number
  limitHit(name: string): void
  handle(request: IncomingMessage, response: ServerResponse): void
}

/** Go's clients put all their watches on one connection. */
const MAX_STREAMS = 2000
/** Megabytes that a connection may hold before it is given no more streams. */
const MAX_SESSION_MEGABYTES = 64
const MAX_HEADERS = 256
/** Frames that break the protocol, and streams over the limit, before the connection is cut. */
const MAX_FAULTS = 100

/** Serves HTTP/2 on connections that are given to it by `emit('connection')`. Pings are answered by Node. */
export function createHttp2Server(options: Http2Options): Http2Server {
  const { limitHit } = options
  const server = createServer({
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      maxHeaderListSize: options.maxHeaderBytes,
      enablePush: false,
    },
    maxSessionMemory: MAX_SESSION_MEGABYTES,
    maxHeaderListPairs: MAX_HEADERS,
    maxSessionInvalidFrames: MAX_FAULTS,
    maxSessionRejectedStreams: MAX_FAULTS,
    Http2ServerResponse: Response,
  })
  server.on('request', (request, response) => {
    if (!request.stream.endAfterHeaders) {
      const late = options.clock.after(options.requestTimeoutMs, () => {
        if (request.complete) return
        limitHit('request_timeout')
        request.stream.close(constants.NGHTTP2_CANCEL)
      })
      request.once('close', () => late[Symbol.dispose]())
    }
    // Node's compatibility API: both behave as those of HTTP/1.1, as far as they are used here.
    options.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse)
  })
  server.on('session', session => closeWhenIdle(session, options))
  server.on('sessionError', (error: Error & { code?: string }) => {
    // A client that goes away is nothing to count.
    if (error.code?.startsWith('ERR_HTTP2')) limitHit('http2_session')
  })
  return server
}

function closeWhenIdle(session: ServerHttp2Session, { clock, keepAliveMs }: Http2Options): void {
  let open = 0
  let wasUsed = true
  session.on('stream', stream => {
    open++
    wasUsed = true
    stream.once('close', () => open--)
  })
  const look = clock.every(keepAliveMs, () => {
    if (open === 0 && !wasUsed) session.close()
    wasUsed = false
  })
  session.once('close', () => look[Symbol.dispose]())
}

class Response extends Http2ServerResponse<Http2ServerRequest> {
  /** Connections are no matter of single requests: RFC 9113, section 8.2.2. */
  override setHeader(name: string, value: number | string | readonly string[]): void {
    if (name.toLowerCase() !== 'connection') super.setHeader(name, value)
  }
}

// Node's types promise these of every response, but its compatibility API leaves them out.
Object.defineProperties(Response.prototype, {
  destroyed: {
    get(this: Response): boolean {
      return this.stream?.destroyed ?? true
    },
  },
  writableNeedDrain: {
    get(this: Response): boolean {
      return this.stream?.writableNeedDrain ?? false
    },
  },
})
