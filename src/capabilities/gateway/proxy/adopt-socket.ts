import { type Server, Socket } from 'node:net'

/** What any adopted socket reads goes here first, and is used or copied before the next read. */
const received = Buffer.allocUnsafeSlow(64 * 1024)

/** What of an accepted socket is needed, beyond its documented interface. */
interface Internals {
  _handle: unknown
  _server: Server | null
}

/**
 * Gives the connection of an accepted socket to one that reads into a buffer of ours (`onread`, which Node offers
 * for outgoing connections only): that spares an allocation of 64 KiB for every read, a good part of what a small
 * request costs. `accepted` comes from a server with `pauseOnConnect`, so that nothing was read yet. Where the
 * handle is not to be had the socket is used as it is.
 */
export function adoptSocket(accepted: Socket, read: (bytes: Buffer, length: number) => void): Socket {
  // The handle and the server have been these properties since Node 0.10; cluster and tls depend on them.
  const internals = accepted as unknown as Internals
  const { _handle: handle, _server: server } = internals
  if (!handle || !server) {
    accepted.on('data', chunk => read(chunk, chunk.length))
    accepted.resume()
    return accepted
  }
  internals._handle = null
  internals._server = null
  const onread = {
    buffer: received,
    callback: (length: number) => {
      read(received, length)
      return true
    },
  }
  const options = { handle, allowHalfOpen: true, onread, readable: true, writable: true }
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0])
  // The server counts its connections by this property, and waits for them when it closes.
  Object.assign(socket, { _server: server })
  socket.resume()
  return socket
}
