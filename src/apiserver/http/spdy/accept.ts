import type { IncomingMessage } from 'node:http'
import { type ApiError, apiError } from '../../../kube/status.ts'
import type { Exchange } from '../handler.ts'
import { type Taken, takeOver } from '../upgrade.ts'
import { SpdySession } from './session.ts'
import type { SpdyStream } from './stream.ts'

export interface AcceptedSpdy extends Taken {
  session: SpdySession
  protocol: string
}

interface SpdyOptions {
  /** What may be spoken on its streams, as the header X-Stream-Protocol-Version names it. */
  protocols: readonly string[]
  /** Takes a stream that the client opens; false resets it. Not called before `session.run`. */
  accept(stream: SpdyStream): boolean
}

const VERSION_HEADER = 'x-stream-protocol-version'

/** Turns the connection into SPDY/3.1. Throws ApiError Forbidden, with what is accepted, where no protocol suits. */
export function acceptSpdy(exchange: Exchange, { protocols, accept }: SpdyOptions): AcceptedSpdy {
  const { core, request, response } = exchange
  const protocol = chooseProtocol(request, protocols)
  if (protocol === undefined) {
    response.setHeader('X-Accepted-Stream-Protocol-Versions', [...protocols])
    throw noProtocol(request, protocols)
  }
  const taken = takeOver(exchange)
  const { socket, head } = taken
  const named =
    request.headers[VERSION_HEADER] === undefined ? '' : `X-Stream-Protocol-Version: ${protocol}\r\n`
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${named}\r\n`)
  if (head.length > 0) socket.unshift(head)
  const session = new SpdySession(socket, { accept, limitHit: name => core.hooks.limitHit?.(name) })
  return {
    ...taken,
    session,
    protocol,
    [Symbol.dispose]() {
      session.end()
      taken[Symbol.dispose]()
    },
  }
}

const wantedBy = (request: IncomingMessage): string[] =>
  String(request.headers[VERSION_HEADER] ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')

/** The first of the client's that is served; a client that names none speaks the oldest. */
function chooseProtocol(request: IncomingMessage, served: readonly string[]): string | undefined {
  const wanted = wantedBy(request)
  return wanted.length === 0 ? served.at(-1) : wanted.find(name => served.includes(name))
}

const noProtocol = (request: IncomingMessage, served: readonly string[]): ApiError =>
  apiError(
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${wantedBy(request).join(' ')}], server accepts [${served.join(' ')}]`,
  )
