import type { Duplex } from 'node:stream'
import { SpdySession } from '../spdy/session.ts'
import type { SpdyStream } from '../spdy/stream.ts'
import type { Clock } from '../../../lib/clock.ts'
import { relay } from './relay.ts'

interface Ports {
  clock: Clock
  pod: string
  connect(port: number): Promise<Duplex>
  limitHit(name: string): void
}

interface Pair {
  data?: SpdyStream
  error?: SpdyStream
  late: Disposable
}

/** The client has so long to open the second stream of a pair. */
const CREATION_MS = 30_000

/** Takes streams in pairs, one for data and one for errors, and forwards each pair to the port it names. */
export function forwardStreams(ports: Ports): (stream: SpdyStream) => boolean {
  const pairs = new Map<string, Pair>()
  return stream => {
    const type = stream.headers.get('streamtype')
    const port = Number(stream.headers.get('port'))
    if (!Number.isInteger(port) || port < 1 || port > 65535) return false
    if (type !== 'data' && type !== 'error') return false
    const id = pairId(stream, type)
    const pair: Pair = pairs.get(id) ?? {
      late: ports.clock.after(CREATION_MS, () => {
        pairs.delete(id)
        ports.limitHit('stream_creation')
        pair.data?.destroy()
        pair.error?.destroy()
      }),
    }
    if (pair[type]) return false
    pair[type] = stream
    pairs.set(id, pair)
    // Nothing is read of it, so that its end is seen.
    if (type === 'error') stream.resume()
    const { data, error } = pair
    if (!data || !error) return true
    pairs.delete(id)
    pair.late[Symbol.dispose]()
    const { pod } = ports
    void relay({ data, error, port, pod, connect: () => ports.connect(port) }).then(worked => {
      if (!worked) data.destroy()
    })
    return true
  }
}

/** Old clients number no pairs, but open the two streams one after the other, errors first. */
const pairId = ({ headers, id }: SpdyStream, type: 'data' | 'error'): string =>
  headers.get('requestid') ?? String(type === 'error' ? id : id - 2)

/** Serves one client's forwards on a connection that speaks SPDY, bare or inside a WebSocket. */
export function serveSession(transport: Duplex, ports: Ports): Promise<void> {
  const session = new SpdySession(transport, { accept: forwardStreams(ports), limitHit: ports.limitHit })
  return session.run()
}
