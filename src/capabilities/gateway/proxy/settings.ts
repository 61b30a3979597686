import type { Clock } from '../../../lib/clock.ts'
import type { SessionIds } from '../routing/sticky.ts'

/** Times after which a silent peer is given up, and how much is held at once. */
export interface Limits {
  /** From a connection's first byte of a head to its last. */
  headTimeoutMs: number
  /** Between requests. */
  idleTimeoutMs: number
  /** Without progress in a body, either way. */
  bodyTimeoutMs: number
  connectTimeoutMs: number
  /** A connection that is closed is still read for so long, so that the peer gets what was sent. */
  lingerMs: number
  /** Without a byte from the upstream. */
  streamIdleTimeoutMs: number
  maxConnections: number
  maxConnectionsPerEndpoint: number
}

export const defaultLimits: Limits = {
  headTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  connectTimeoutMs: 5_000,
  lingerMs: 2_000,
  streamIdleTimeoutMs: 300_000,
  maxConnections: 10_000,
  maxConnectionsPerEndpoint: 1024,
}

export interface AccessEntry {
  method: string
  host: string
  path: string
  status: number
  flags: string
  durationMs: number
  route: string
  service: string
  endpoint: string
  client: string
}

/** Why a request or connection was turned away, as the counter's label. */
export type TurnedAway = 'malformed' | 'too_large' | 'timeout' | 'connection_limit' | 'endpoint_limit'

/** What all connections of the data plane share. */
export interface Settings {
  clock: Clock
  limits: Limits
  sessionIds: SessionIds
  /** Uniform in [0, 1): for weights without a sticky caller. */
  random(): number
  turnedAway(reason: TurnedAway): void
  /** Undefined when no access log is configured. */
  accessLog: ((entry: AccessEntry) => void) | undefined
  /** Milliseconds of `clock.elapsed()`, refreshed a few times a second: enough for time-outs. */
  coarseNow: number
  /** Connections that are open, on all listeners. */
  openConnections: number
}
