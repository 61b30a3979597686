import type { Series } from '../traffic-metrics.ts'
import { type Exchange, UpstreamConnection } from './upstream-connection.ts'

/** An unused connection is kept this long, unless the peer said less. */
const MAX_IDLE_MS = 30_000
const MAX_IDLE_CONNECTIONS = 256
/** After a failed connect the endpoint is passed over this long, if there is another. */
const FAILURE_PAUSE_MS = 1000

/** One address behind a Service, with its pool of keep-alive connections. */
export class Endpoint {
  readonly address: string
  readonly port: number
  /** Where its requests are counted; replaced when its pod's labels become known. */
  series: Series
  /** Exchanges under way. */
  active = 0
  failedUntilMs = 0
  connections = 0
  readonly #idle: UpstreamConnection[] = []
  readonly #open = new Set<UpstreamConnection>()
  readonly #now: () => number
  #isRetired = false

  constructor(address: string, port: number, options: { series: Series; now: () => number }) {
    this.address = address
    this.port = port
    this.series = options.series
    this.#now = options.now
  }

  /**
   * A connection for the exchange: the one used last, if it was idle for at most `maxIdleMs`, else a new one.
   * `connect` false yields only a pooled one.
   */
  take(exchange: Exchange, maxIdleMs: number): UpstreamConnection {
    const now = this.#now()
    for (let pooled = this.#idle.pop(); pooled !== undefined; pooled = this.#idle.pop()) {
      if (pooled.isUsable && now - pooled.idleSince <= Math.min(maxIdleMs, pooled.idleLimitMs)) {
        pooled.begin(exchange)
        return pooled
      }
      if (now - pooled.idleSince <= pooled.idleLimitMs && pooled.isUsable) {
        // Too old for this exchange only: every other one in the pool is older still.
        this.#idle.push(pooled)
        break
      }
      pooled.destroy()
    }
    const connection = new UpstreamConnection(this, this)
    this.connections++
    this.#open.add(connection)
    connection.begin(exchange)
    return connection
  }

  release(connection: UpstreamConnection): void {
    if (this.#isRetired || this.#idle.length >= MAX_IDLE_CONNECTIONS) {
      connection.destroy()
      return
    }
    connection.idleSince = this.#now()
    this.#idle.push(connection)
  }

  closed(connection: UpstreamConnection): void {
    if (!this.#open.delete(connection)) return
    this.connections--
    const index = this.#idle.indexOf(connection)
    if (index >= 0) this.#idle.splice(index, 1)
  }

  noteFailure(): void {
    this.failedUntilMs = this.#now() + FAILURE_PAUSE_MS
  }

  /** Closes connections that were idle for too long; the oldest are at the front. */
  sweep(): void {
    const now = this.#now()
    while (this.#idle.length > 0) {
      const oldest = this.#idle[0]!
      if (now - oldest.idleSince <= Math.min(MAX_IDLE_MS, oldest.idleLimitMs)) return
      this.#idle.shift()
      oldest.destroy()
    }
  }

  /** Takes no new exchanges; those under way end by themselves. */
  retire(): void {
    this.#isRetired = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  /** Ends everything, also what is under way. */
  destroy(): void {
    this.retire()
    for (const connection of this.#open) connection.socket.destroy()
  }
}
