import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { apiError } from '../../../kube/status.ts'
import type { Exchange } from '../handler.ts'
import { type Taken, takeOver } from '../upgrade.ts'

/** A message that is longer ends the connection. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

const chosen = new WeakMap<IncomingMessage, string>()

const loading: { server?: ReturnType<typeof loadServer> } = {}

/** Loaded with the first WebSocket: many a server never sees one. */
async function loadServer() {
  const { WebSocketServer } = await import('ws')
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
  // The library knows sub-protocols by their grammar, which that of port-forward does not follow: it has `/` in it.
  server.on('headers', (headers, request) => {
    const protocol = chosen.get(request)
    if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`)
  })
  return server
}

/** An open WebSocket; its `signal` aborts when it has gone. */
export interface Accepted extends Taken {
  webSocket: WebSocket
  /** The sub-protocol; empty when the client named none. */
  protocol: string
}

/** The first sub-protocol of a client's list that is served; empty when it names none. Throws ApiError Forbidden. */
export function chooseProtocol(request: IncomingMessage, served: readonly string[]): string {
  const wanted = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  if (wanted.length === 0) return ''
  const found = wanted.find(name => served.includes(name))
  if (found !== undefined) return found
  throw apiError(
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${wanted.join(' ')}], server accepts [${served.join(' ')}]`,
  )
}

/** Opens a WebSocket with one of the sub-protocols, or with none. Throws ApiError for what is no handshake. */
export async function acceptWebSocket(exchange: Exchange, served: readonly string[]): Promise<Accepted> {
  const { core, request, upgrade } = exchange
  const protocol = chooseProtocol(request, served)
  if (!upgrade || request.method !== 'GET') throw apiError('BadRequest', 'Upgrade request required')
  const { headers } = request
  if (
    headers['sec-websocket-version'] !== '13' ||
    !/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  )
    throw apiError('BadRequest', 'unable to upgrade: not a WebSocket handshake of version 13')
  delete headers['sec-websocket-protocol']
  chosen.set(request, protocol)
  loading.server ??= loadServer()
  const server = await loading.server
  const taken = takeOver(exchange)
  const webSocket = await new Promise<WebSocket>(resolve =>
    server.handleUpgrade(request, taken.socket, taken.head, resolve),
  )
  webSocket.on('error', (error: Error & { code?: string }) => {
    core.hooks.limitHit?.(
      error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'websocket_message' : 'websocket_frame',
    )
  })
  return {
    ...taken,
    webSocket,
    protocol,
    [Symbol.dispose]() {
      if (webSocket.readyState === webSocket.OPEN) webSocket.close(1000)
      taken[Symbol.dispose]()
    },
  }
}
