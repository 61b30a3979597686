import { createServer, type Server, type Socket } from 'node:net'
import { emptyTable, type RouteTable } from '../routing/route-table.ts'
import type { Series } from '../traffic-metrics.ts'
import { adoptSocket } from './adopt-socket.ts'
import { ClientConnection, type ListenerContext } from './client-connection.ts'
import type { Settings } from './settings.ts'

// The close event follows and does the work.
function onError(): void {}

/** One listening port of one Gateway: accepts connections and holds the table that they route by. */
export class ListenSocket implements ListenerContext, AsyncDisposable {
  readonly settings: Settings
  readonly unrouted: Series
  table: RouteTable = emptyTable
  port = 0
  isDraining = false
  readonly #connections = new Set<ClientConnection>()
  readonly #server: Server

  constructor(settings: Settings, unrouted: Series) {
    this.settings = settings
    this.unrouted = unrouted
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket =>
      this.#accept(socket),
    )
  }

  /** Resolves when connections are accepted; rejects with the system's error. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off('error', reject)
        // Errors of accept (too many open files) leave the listener as it is.
        this.#server.on('error', onError)
        const address = this.#server.address()
        this.port = typeof address === 'object' && address ? address.port : port
        resolve()
      })
    })
  }

  #accept(accepted: Socket): void {
    const { settings } = this
    if (settings.openConnections >= settings.limits.maxConnections) {
      settings.turnedAway('connection_limit')
      accepted.destroy()
      return
    }
    settings.openConnections++
    const socket = adoptSocket(accepted, (bytes, length) => connection.read(bytes, length))
    const connection = new ClientConnection(socket, this)
    this.#connections.add(connection)
    socket.on('drain', () => connection.drained())
    socket.on('end', () => connection.ended())
    socket.on('error', onError)
    socket.on('close', () => {
      settings.openConnections--
      this.#connections.delete(connection)
      connection.closed()
    })
  }

  sweep(now: number): void {
    for (const connection of this.#connections) connection.sweep(now)
  }

  /** Takes no more connections and lets the requests under way end, for at most so long; 0 ends them at once. */
  async close(graceMs: number): Promise<void> {
    this.isDraining = true
    const closed = new Promise<void>(resolve => {
      this.#server.close(() => resolve())
    })
    for (const connection of this.#connections) connection.drain()
    const destroyAll = () => {
      for (const connection of this.#connections) connection.socket.destroy()
    }
    if (graceMs === 0) destroyAll()
    // Peers live in real time, also where the stack's clock stands still.
    else AbortSignal.timeout(graceMs).addEventListener('abort', destroyAll, { once: true })
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }
}
