import { connect, type Socket } from 'node:net'

/** A TCP connection to a program in a pod; the error is worded as Go's net package does. */
export function connectTo(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // What the program still has to say after the client has said all is passed on.
    const socket = connect({ host, port, allowHalfOpen: true })
    const abort = () => socket.destroy()
    signal.addEventListener('abort', abort, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
    const fail = (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message
      reject(new Error(`dial tcp4 ${host}:${port}: connect: ${why}`, { cause: error }))
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      // Whoever reads hears of an end by `close`.
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}
