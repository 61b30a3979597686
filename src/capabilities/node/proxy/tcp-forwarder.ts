import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../../lib/clock.ts'
import { BackendChoice } from './choose-backend.ts'
import type { Backend, Forward } from './forwards.ts'

/** Connections of one listener; more are refused and counted. */
const MAX_CONNECTIONS = 10_000
const CONNECT_TIMEOUT_MS = 5000

export interface ForwarderHooks {
  clock: Clock
  opened(): void
  closed(): void
  /** A connection found no backend, or the listener was full. */
  refused(reason: 'no_endpoints' | 'unreachable' | 'limit'): void
}

/** Listens on one address and carries each connection to a backend. Existing connections survive changes and `close`. */
export class TcpForwarder implements Disposable {
  readonly #choice = new BackendChoice()
  readonly #server: Server
  readonly #hooks: ForwarderHooks
  readonly #sockets = new Set<Socket>()

  private constructor(hooks: ForwarderHooks) {
    this.#hooks = hooks
    // Half-open, so that a client may end its request and still read the answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, client => this.#accept(client))
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('drop', () => hooks.refused('limit'))
  }

  /** Rejects with the system's error when the address cannot be listened on. */
  static async listen({ host, port }: Forward, hooks: ForwarderHooks): Promise<TcpForwarder> {
    const forwarder = new TcpForwarder(hooks)
    const server = forwarder.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    // Failures to accept (no file descriptors left) concern one connection.
    server.on('error', () => hooks.refused('limit'))
    return forwarder
  }

  update({ backends, affinityMs }: Forward): void {
    this.#choice.update(backends, affinityMs)
  }

  /** Stops listening; open connections go on. */
  close(): void {
    this.#server.close()
  }

  /** Stops listening and ends open connections. */
  [Symbol.dispose](): void {
    this.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(client: Socket): void {
    const { clock, opened, closed } = this.#hooks
    opened()
    this.#own(client)
    client.once('close', closed)
    client.on('error', () => client.destroy())
    const address = client.remoteAddress ?? ''
    const candidates = this.#choice.candidates(address, clock.now())
    // Reset, as a cluster refuses a Service without endpoints.
    if (candidates.length === 0) this.#refuse(client, 'no_endpoints')
    else this.#dial(client, address, candidates)
  }

  #dial(client: Socket, address: string, [backend, ...others]: Backend[]): void {
    if (client.destroyed) return
    if (!backend) {
      this.#refuse(client, 'unreachable')
      return
    }
    const { clock } = this.#hooks
    const upstream = connect({
      host: backend.address,
      port: backend.port,
      allowHalfOpen: true,
      noDelay: true,
    })
    this.#own(upstream)
    const fail = () => {
      timer[Symbol.dispose]()
      upstream.destroy()
      this.#dial(client, address, others)
    }
    const timer = clock.after(CONNECT_TIMEOUT_MS, fail)
    const abandon = () => {
      timer[Symbol.dispose]()
      upstream.destroy()
    }
    client.once('close', abandon)
    upstream.once('error', fail)
    upstream.once('connect', () => {
      timer[Symbol.dispose]()
      upstream.off('error', fail)
      upstream.on('error', () => client.destroy())
      upstream.once('close', () => client.destroySoon())
      this.#choice.taken(address, backend, clock.now())
      client.pipe(upstream)
      upstream.pipe(client)
    })
  }

  #refuse(client: Socket, reason: 'no_endpoints' | 'unreachable'): void {
    this.#hooks.refused(reason)
    client.resetAndDestroy()
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
