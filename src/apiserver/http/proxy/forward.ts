import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from '../handler.ts'
import { takeOver } from '../upgrade.ts'
import { requestHeaders } from './forwarded-headers.ts'

export interface Forwarding {
  /** The path at the backend, with the query. */
  path: string
  /** What the backend is called in the request. */
  host: string
  /** Beside those that a proxy passes on. */
  headers?: OutgoingHttpHeaders
  /** Begins a request to the backend. */
  open(request: { method: string; path: string; headers: OutgoingHttpHeaders }): ClientRequest
  /** What of the answer's headers the client gets. */
  answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders
}

/**
 * Passes a request on to a backend and its answer back, whatever the method, as long as either lasts; upgrades too.
 * Rejects with the connection's error before anything is answered.
 */
export async function forward(exchange: Exchange, forwarding: Forwarding): Promise<void> {
  const { response, signal } = exchange
  const { outgoing, answer } = await ask(exchange, forwarding)
  if (answer.upgraded) {
    passThrough(exchange, answer)
    return
  }
  const { incoming } = answer
  exchange.audit?.stage('ResponseStarted')
  response.writeHead(incoming.statusCode ?? 502, forwarding.answerHeaders(incoming.headers))
  response.flushHeaders()
  incoming.pipe(response)
  await new Promise<void>(resolve => {
    incoming.once('error', () => response.destroy())
    incoming.once('aborted', () => response.destroy())
    response.once('finish', resolve).once('close', resolve)
  })
  if (signal.aborted || !incoming.complete) outgoing.destroy()
}

async function ask(
  exchange: Exchange,
  { path, host, headers, open }: Forwarding,
): Promise<{ outgoing: ClientRequest; answer: Answer }> {
  const { request, signal, upgrade } = exchange
  const { method = 'GET' } = request
  const shown = request.headers.host ?? String(request.headers[':authority'] ?? '')
  const client = { address: request.socket.remoteAddress ?? '', path: exchange.path, host: shown }
  const body = bodyOf(request)
  const begin = () =>
    open({
      method,
      path,
      headers: {
        ...requestHeaders(request.headers, client, upgrade && request.headers.upgrade),
        // Methods that usually have no body would send it without saying where it ends.
        ...(body === 'unmeasured' ? { 'transfer-encoding': 'chunked' } : {}),
        host,
        ...headers,
      },
    })
  const send = (outgoing: ClientRequest) => {
    signal.addEventListener('abort', () => outgoing.destroy(), { once: true })
    if (upgrade) outgoing.flushHeaders()
    else if (body === 'none') outgoing.end()
    else request.pipe(outgoing)
    return answered(outgoing)
  }
  const first = begin()
  try {
    return { outgoing: first, answer: await send(first) }
  } catch (error) {
    // A connection that was kept may have been closed at the other end just then.
    const isStale = first.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    if (!isStale || body !== 'none' || upgrade || (method !== 'GET' && method !== 'HEAD')) throw error
  }
  const second = begin()
  return { outgoing: second, answer: await send(second) }
}

/** Whether a body comes, and whether its length is known: HTTP/2 says only that there is one. */
function bodyOf(request: IncomingMessage): 'none' | 'measured' | 'unmeasured' {
  const length = request.headers['content-length']
  if (length !== undefined) return length === '0' ? 'none' : 'measured'
  if (request.httpVersionMajor < 2)
    return request.headers['transfer-encoding'] === undefined ? 'none' : 'unmeasured'
  // What comes over HTTP/2 has this stream.
  const { stream } = request as unknown as { stream: { endAfterHeaders: boolean } }
  return stream.endAfterHeaders ? 'none' : 'unmeasured'
}

type Answer =
  | { upgraded?: undefined; incoming: IncomingMessage }
  | { upgraded: Duplex; incoming: IncomingMessage; head: Buffer }

function answered(outgoing: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', incoming => resolve({ incoming }))
    outgoing.once('upgrade', (incoming, upgraded, head) => resolve({ upgraded, incoming, head }))
    outgoing.on('error', reject)
  })
}

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
