import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2Server } from 'node:http2'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { AccessOptions } from '../access-options.ts'
import type { Core } from '../pipeline/core.ts'
import type { Connectors } from './connector.ts'
import type { Credentials } from './credentials.ts'
import { Discovery } from './discovery.ts'
import { OpenapiDocuments } from './openapi-documents.ts'
import { createHttp2Server } from './http2-server.ts'
import { type HandlerParts, handle } from './handler.ts'
import { handleUpgrade } from './upgrade.ts'

export interface ListenOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  connectors?: Connectors | undefined
}

/** The API server on a socket. Disposing ends its connections. */
export interface Listener extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly credentials: Credentials
}

const MAX_HEADER_BYTES = 64 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 60_000
const KEEP_ALIVE_MS = 120_000
const CHECK_INTERVAL_MS = 2_000
const MAX_CONNECTIONS = 10_000

/** Serves the API over TLS. */
export async function listen(
  { core, aggregator }: Pick<HandlerParts, 'core' | 'aggregator'>,
  credentials: Credentials,
  options: ListenOptions & Pick<AccessOptions, 'clientAuthorities'>,
): Promise<Listener> {
  const { host, port, connectors = {}, clientAuthorities } = options
  const parts = {
    core,
    aggregator,
    discovery: new Discovery(aggregator),
    openapi: new OpenapiDocuments(aggregator),
    connectors,
  }
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    handle(parts, request, response).catch(error => {
      core.log.error({ err: error }, 'a request could not be answered')
      response.destroy()
    })
  }
  const server = createServer(
    {
      ALPNProtocols: ['h2', 'http/1.1'],
      key: credentials.server.key,
      cert: credentials.server.certificate,
      ca: [credentials.authority, ...(clientAuthorities ? [clientAuthorities] : [])],
      requestCert: true,
      // Who has no certificate may have a token.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HEADERS_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    answer,
  )
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    handleUpgrade(parts, request, { socket, head }).catch(error => {
      core.log.error({ err: error }, 'an upgrade could not be answered')
      socket.destroy()
    })
  })
  const http2 = createHttp2Server({
    clock: core.clock,
    maxHeaderBytes: MAX_HEADER_BYTES,
    keepAliveMs: KEEP_ALIVE_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    limitHit: name => core.hooks.limitHit?.(name),
    handle: answer,
  })
  chooseByAlpn(server, http2)
  server.maxConnections = MAX_CONNECTIONS
  server.on('drop', () => core.hooks.limitHit?.('connections'))
  server.on('clientError', (error, socket) => refuseBrokenRequest(core, error, socket))
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // A listening TCP server has an address of this form.
  const address = server.address() as AddressInfo
  const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host
  return {
    url: `https://${shown}:${address.port}`,
    port: address.port,
    credentials,
    async [Symbol.asyncDispose]() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** One port for both: what the client has chosen in the handshake decides who serves its connection. */
function chooseByAlpn(server: Server, http2: Http2Server): void {
  const http1 = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
    else for (const listener of http1) listener.call(server, socket)
  })
}

/** A refused client may finish sending for so long, so that it reads why. */
const LINGER_MS = 2_000

const refused = new WeakSet<Duplex>()

/** What the parser refuses: an answer, then the end of that connection. */
function refuseBrokenRequest(core: Core, error: Error & { code?: string }, socket: Duplex): void {
  // Every further chunk that the client sends is an error of its own.
  if (refused.has(socket)) return
  refused.add(socket)
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [code, reason, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [
          431,
          'RequestHeaderFieldsTooLarge',
          `the headers of the request are longer than ${MAX_HEADER_BYTES} bytes`,
        ]
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Timeout', 'the request did not arrive in time']
        : [400, 'BadRequest', 'the request is not valid HTTP']
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
  const body = JSON.stringify(status)
  // Cutting the connection while the client still sends would discard the answer on its way.
  const limit = core.clock.after(LINGER_MS, () => socket.destroy())
  socket.once('close', () => limit[Symbol.dispose]())
  socket.end(
    `HTTP/1.1 ${code} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
