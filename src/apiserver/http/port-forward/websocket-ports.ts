import { Duplex } from 'node:stream'
import { apiError } from '../../../kube/status.ts'
import type { Accepted } from '../websocket/accept.ts'
import { WebSocketChannels } from '../websocket/channels.ts'
import { relay } from './relay.ts'

const MAX_PORTS = 100

/** The ports that the query of a WebSocket names. Throws ApiError BadRequest. */
export function portsOf(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap(text => text.split(','))
  if (ports.length === 0) throw apiError('BadRequest', 'query parameter "ports" is required')
  if (ports.length > MAX_PORTS)
    throw apiError('BadRequest', `no more than ${MAX_PORTS} ports can be forwarded`)
  return ports.map(text => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (port < 1 || port > 65535) throw apiError('BadRequest', `unable to parse "${text}" as a port`)
    return port
  })
}

interface PortChannels {
  ports: readonly number[]
  pod: string
  connect(port: number): Promise<Duplex>
}

/** Forwards one connection to each port: channel 2n is data, 2n+1 errors; both begin with the port, little-endian. */
export async function forwardChannels(
  { webSocket, protocol }: Accepted,
  options: PortChannels,
): Promise<void> {
  const channels = new WebSocketChannels(webSocket, protocol)
  await Promise.all(
    options.ports.map(async (port, index) => {
      const data = Duplex.from({
        readable: channels.readable(2 * index),
        writable: channels.writable(2 * index),
      })
      const error = channels.writable(2 * index + 1)
      const name = Buffer.alloc(2)
      name.writeUInt16LE(port)
      data.write(name)
      error.write(name)
      data.on('error', () => {})
      await relay({ data, error, port, pod: options.pod, connect: () => options.connect(port) })
    }),
  )
}
