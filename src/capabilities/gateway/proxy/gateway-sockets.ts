import type { Problem } from '../config/problem.ts'
import { emptyTable, type RouteTable } from '../routing/route-table.ts'
import type { Series } from '../traffic-metrics.ts'
import { ListenSocket } from './listen-socket.ts'
import { portHolder } from '../../../kernel/port-holder.ts'
import type { Settings } from './settings.ts'

/** Requests under way when a port closes, or the process ends, have this long to end. */
const GRACE_MS = 2000

interface Open {
  socket: ListenSocket
  host: string
  /** The port that was asked for; the real one is the socket's. */
  wanted: number
}

/** The listening sockets of all Gateways, by `namespace/name:port`. */
export class GatewaySockets implements AsyncDisposable {
  readonly #settings: Settings
  readonly #unrouted: Series
  readonly #open = new Map<string, Open>()
  readonly #closing = new Set<Promise<void>>()
  #tables: ReadonlyMap<string, RouteTable> = new Map()

  constructor(settings: Settings, unrouted: Series) {
    this.#settings = settings
    this.#unrouted = unrouted
  }

  /** Puts new tables in force: requests that have begun end by the old ones. */
  use(tables: ReadonlyMap<string, RouteTable>): void {
    this.#tables = tables
    for (const [key, { socket }] of this.#open) socket.table = tables.get(key) ?? emptyTable
  }

  sweep(now: number): void {
    for (const { socket } of this.#open.values()) socket.sweep(now)
  }

  keys(): Iterable<string> {
    return [...this.#open.keys()]
  }
  /** The real port, or undefined when it is not open. */
  portOf(key: string): number | undefined {
    return this.#open.get(key)?.socket.port
  }

  /** Opens the port unless it is open already; says why when it cannot be. */
  async open(key: string, host: string, port: number): Promise<Problem | undefined> {
    const present = this.#open.get(key)
    if (present?.host === host && present.wanted === port) return undefined
    if (present) this.close(key)
    const socket = new ListenSocket(this.#settings, this.#unrouted)
    try {
      await socket.listen(host, port)
    } catch (error) {
      return this.#problem(error as NodeJS.ErrnoException, host, port)
    }
    socket.table = this.#tables.get(key) ?? emptyTable
    this.#open.set(key, { socket, host, wanted: port })
    return undefined
  }

  /** Takes no more connections at once; requests under way may end. */
  close(key: string): void {
    const present = this.#open.get(key)
    if (!present) return
    this.#open.delete(key)
    const closed = present.socket.close(GRACE_MS).finally(() => this.#closing.delete(closed))
    this.#closing.add(closed)
  }

  #problem(error: NodeJS.ErrnoException, host: string, port: number): Problem {
    const where = `port ${port} on ${host}`
    switch (error.code) {
      case 'EADDRINUSE': {
        const own = [...this.#open].find(([, open]) => open.wanted === port && open.host === host)
        const holder = own ? `Gateway ${own[0].slice(0, own[0].lastIndexOf(':'))}` : portHolder(port)
        return {
          reason: 'PortUnavailable',
          message: `${where} is in use${holder ? ` by ${holder}` : ''}; it is tried again`,
        }
      }
      case 'EACCES':
        return {
          reason: 'PortUnavailable',
          message: `${where} may not be opened by this user; use a port from 1024 on, or allow it (CAP_NET_BIND_SERVICE)`,
        }
      case 'EADDRNOTAVAIL':
        return { reason: 'AddressNotUsable', message: `${host} is not an address of this machine` }
      default:
        return { reason: 'PortUnavailable', message: `${where} cannot be opened: ${error.message}` }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of this.#open.keys()) this.close(key)
    await Promise.all(this.#closing)
  }
}
