import type { Client } from '../../../kernel/client.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Metric } from './metric-limits.ts'
import type { Measurement } from './record.ts'

/** What providers measure with. */
export interface ProviderContext {
  client: Client
  clock: Clock
  signal: AbortSignal
  /** The Prometheus that metrics without an address ask; undefined where there is none. */
  prometheusAddress: string | undefined
}

/** Takes one measurement of a metric whose arguments are filled in. Throws MeasurementError where that fails. */
export type Measure = (metric: Metric, context: ProviderContext) => Promise<Measurement>
