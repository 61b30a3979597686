import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { apiError } from '../../../kube/status.ts'
import type { Exchange } from '../handler.ts'
import { takeOver } from '../upgrade.ts'
import type { BackendName } from './backend-name.ts'
import { requestHeaders, withoutHops } from './forwarded-headers.ts'
import type { Backend } from './locate-backend.ts'
import { rewriteLocation } from './rewrite-location.ts'

/** The path up to `/proxy`, and what follows it. */
const PLACE = /^((?:\/[^/]+)+?\/(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)?$/

/** Passes a request on to a backend and its answer back, whatever the method; upgrades too. Throws ApiError before anything is answered. */
export async function serveProxy(
  exchange: Exchange,
  { scheme }: BackendName,
  backend: Backend,
): Promise<void> {
  const { request, response, path, signal, upgrade } = exchange
  const [, prefix = path, rest = ''] = PLACE.exec(path) ?? []
  const search = request.url?.slice(path.length) ?? ''
  const { method = 'GET' } = request
  if (rest === '' && !upgrade && (method === 'GET' || method === 'HEAD')) {
    // Relative links in the answer would lead astray otherwise.
    response.writeHead(301, { location: `${path}/${search}` }).end()
    return
  }
  const socket = await backend.connect(signal).catch(error => {
    throw unreachable(error)
  })
  const host = request.headers.host ?? String(request.headers[':authority'] ?? '')
  const client = { address: request.socket.remoteAddress ?? '', path, host }
  const outgoing = httpRequest({
    method,
    path: `${rest || '/'}${search}`,
    headers: {
      ...requestHeaders(request.headers, client, upgrade && request.headers.upgrade),
      // Methods that usually have no body would send it without saying where it ends.
      ...(hasUnmeasuredBody(request) ? { 'transfer-encoding': 'chunked' } : {}),
    },
    setHost: false,
    createConnection: () => (scheme === 'https' ? overTls(socket) : socket) as ReturnType<typeof connectTls>,
  })
  signal.addEventListener('abort', () => outgoing.destroy(), { once: true })
  if (upgrade) outgoing.flushHeaders()
  else request.pipe(outgoing)
  const answer = await answered(outgoing)
  if (answer.upgraded) {
    passThrough(exchange, answer)
    return
  }
  const { incoming } = answer
  const headers = withoutHops(incoming.headers)
  const { location } = incoming.headers
  if (location !== undefined)
    headers['location'] = rewriteLocation(location, { prefix, host, backend: backend.host })
  exchange.audit?.stage('ResponseStarted')
  response.writeHead(incoming.statusCode ?? 502, headers)
  response.flushHeaders()
  incoming.pipe(response)
  await new Promise<void>(resolve => {
    incoming.once('error', () => response.destroy())
    incoming.once('aborted', () => response.destroy())
    response.once('finish', resolve).once('close', resolve)
  })
  outgoing.destroy()
}

/** Whether a body comes whose length is not known: HTTP/2 says only that there is one. */
function hasUnmeasuredBody(request: IncomingMessage): boolean {
  if (request.headers['content-length'] !== undefined) return false
  if (request.httpVersionMajor < 2) return request.headers['transfer-encoding'] !== undefined
  // What comes over HTTP/2 has this stream.
  const { stream } = request as unknown as { stream: { endAfterHeaders: boolean } }
  return !stream.endAfterHeaders
}

/** As upstream's proxy: a backend in the cluster shows whatever certificate it has. */
const overTls = (socket: Duplex) => connectTls({ socket, rejectUnauthorized: false })

type Answer =
  | { upgraded?: undefined; incoming: IncomingMessage }
  | { upgraded: Duplex; incoming: IncomingMessage; head: Buffer }

function answered(outgoing: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', incoming => resolve({ incoming }))
    outgoing.once('upgrade', (incoming, upgraded, head) => resolve({ upgraded, incoming, head }))
    outgoing.on('error', error => reject(unreachable(error)))
  })
}

const unreachable = (error: unknown) =>
  apiError('ServiceUnavailable', `error trying to reach service: ${(error as Error).message}`)

/** Joins the two connections. */
function passThrough(
  exchange: Exchange,
  { upgraded, incoming, head }: Extract<Answer, { upgraded: Duplex }>,
): void {
  const taken = takeOver(exchange)
  const { socket } = taken
  const lines = incoming.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
  )
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) socket.write(head)
  if (taken.head.length > 0) upgraded.write(taken.head)
  upgraded.on('error', () => socket.destroy())
  socket.once('close', () => upgraded.destroy())
  upgraded.once('close', () => taken[Symbol.dispose]())
  upgraded.pipe(socket).pipe(upgraded)
}
