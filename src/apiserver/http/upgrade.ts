import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { apiError } from '../../kube/status.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Exchange, type HandlerParts, handle } from './handler.ts'

/** A connection whose client has asked to speak another protocol from here on. */
export interface Upgrade {
  socket: Socket
  /** What the client has sent of it already. */
  head: Buffer
}

/** The protocol that a request asks for, in lower case. */
export const wantedUpgrade = ({ headers }: IncomingMessage): string => (headers.upgrade ?? '').toLowerCase()

/** Answers a request for an upgrade like any other, so that whoever is refused reads why; then the connection ends. */
export async function handleUpgrade(
  parts: HandlerParts,
  request: IncomingMessage,
  upgrade: Upgrade,
): Promise<void> {
  const { socket } = upgrade
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => {
    response.detachSocket(socket)
    socket.end()
  })
  socket.on('error', () => socket.destroy())
  await handle(parts, request, response, upgrade)
}

/** As long as upstream's kubelet lets a stream be idle (`streamingConnectionIdleTimeout`). */
const IDLE_MS = 4 * 3_600_000
/** A client may read for so long what was said last. */
const LINGER_MS = 10_000

/** A connection that HTTP has let go of. Disposing ends it. */
export interface Taken extends Disposable {
  socket: Socket
  head: Buffer
  /** Aborts when the connection has gone. */
  signal: AbortSignal
}

/** Takes the connection from HTTP; nothing can be answered afterwards. Throws ApiError BadRequest where there is none to take. */
export function takeOver({ core, response, upgrade, audit }: Exchange): Taken {
  if (!upgrade) throw apiError('BadRequest', 'Upgrade request required')
  const { socket, head } = upgrade
  audit?.stage('ResponseStarted')
  response.statusCode = 101
  if (response.socket) response.detachSocket(socket)
  socket.setNoDelay(true)
  const gone = new AbortController()
  const idle = endWhenIdle(socket, core.clock, () => core.hooks.limitHit?.('stream_idle'))
  socket.once('close', () => {
    gone.abort()
    idle[Symbol.dispose]()
  })
  if (socket.destroyed) gone.abort()
  return {
    socket,
    head,
    signal: gone.signal,
    [Symbol.dispose]() {
      if (socket.destroyed) return
      const limit = core.clock.after(LINGER_MS, () => socket.destroy())
      socket.once('close', () => limit[Symbol.dispose]())
    },
  }
}

/** Ends a connection on which nothing has moved between two looks. */
function endWhenIdle(socket: Socket, clock: Clock, hit: () => void): Disposable {
  let moved = -1
  return clock.every(IDLE_MS, () => {
    const now = socket.bytesRead + socket.bytesWritten
    if (now === moved) {
      hit()
      socket.destroy()
    }
    moved = now
  })
}
