import type { Metric } from 'prom-client'
import type { Metrics } from '../../kernel/metrics.ts'

/** Upper bounds of Envoy's default histogram buckets, in milliseconds: what Istio's duration metric uses. */
const BOUNDS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
] as const

/** Envoy's response flags, as far as this gateway sets them. */
export const Flag = {
  NONE: '-',
  NO_ROUTE: 'NR',
  NO_HEALTHY_UPSTREAM: 'UH',
  UPSTREAM_FAILURE: 'UF',
  UPSTREAM_OVERFLOW: 'UO',
  UPSTREAM_TIMEOUT: 'UT',
  UPSTREAM_CLOSED: 'UC',
  UPSTREAM_PROTOCOL: 'UPE',
  CLIENT_CLOSED: 'DC',
} as const
export type Flag = (typeof Flag)[keyof typeof Flag]

/** Where requests go, in Istio's terms. What is not known is `unknown`, as there. */
export interface Destination {
  workload: string
  workloadNamespace: string
  app: string
  version: string
  service: string
  serviceName: string
  serviceNamespace: string
}

/** The gateway a request came through, in Istio's terms. */
export interface Source {
  workload: string
  workloadNamespace: string
  app: string
}

export const unknownDestination: Destination = {
  workload: 'unknown',
  workloadNamespace: 'unknown',
  app: 'unknown',
  version: 'unknown',
  service: 'unknown',
  serviceName: 'unknown',
  serviceNamespace: 'unknown',
}

class Cell {
  readonly code: number
  readonly flag: Flag
  count = 0
  sumMs = 0
  /** Not cumulative; the last one is for what exceeds every bound. */
  readonly buckets = new Float64Array(BOUNDS.length + 1)

  constructor(code: number, flag: Flag) {
    this.code = code
    this.flag = flag
  }
}

/** Counts of one (source, destination) pair, by response code and flag. Recording only adds numbers. */
export class Series {
  readonly #cells: Cell[] = []
  /** The cell that was used last: nearly always the next one too. */
  #recent: Cell | undefined
  readonly labels: Readonly<Record<string, string>>
  lastUsedMs = 0

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels
  }

  record(code: number, flag: Flag, durationMs: number): void {
    let cell = this.#recent
    if (cell === undefined || cell.code !== code || cell.flag !== flag) cell = this.#cell(code, flag)
    cell.count++
    cell.sumMs += durationMs
    let bucket = 0
    while (bucket < BOUNDS.length && durationMs > BOUNDS[bucket]!) bucket++
    cell.buckets[bucket]!++
  }

  #cell(code: number, flag: Flag): Cell {
    let cell = this.#cells.find(candidate => candidate.code === code && candidate.flag === flag)
    if (cell === undefined) {
      cell = new Cell(code, flag)
      this.#cells.push(cell)
    }
    this.#recent = cell
    return cell
  }

  get cells(): readonly Cell[] {
    return this.#cells
  }
  get total(): number {
    return this.#cells.reduce((sum, cell) => sum + cell.count, 0)
  }
}

/** Both proxies of a mesh report each request; this gateway stands for the two of them. */
const REPORTERS = [
  { reporter: 'source', connection_security_policy: 'unknown' },
  { reporter: 'destination', connection_security_policy: 'none' },
] as const

/** Pairs that no configuration needs any more are kept this long, so that the last counts are scraped. */
const FORGET_AFTER_MS = 15 * 60_000
const MAX_SERIES = 5000

interface Sample {
  labels: Record<string, string>
  value: number
  metricName?: string
}

/** Istio's request metrics (istio.io, Istio Standard Metrics), put together only when they are scraped. */
export class TrafficMetrics {
  readonly #series = new Map<string, Series>()
  readonly #now: () => number
  readonly #maxSeries: number
  readonly #overflow: Series
  readonly #dropped: { inc(): void }

  constructor(metrics: Metrics, now: () => number, maxSeries = MAX_SERIES) {
    this.#now = now
    this.#maxSeries = maxSeries
    this.#overflow = new Series(labelsOf(unknownSource, unknownDestination))
    this.#dropped = metrics.counter({
      name: 'drave_gateway_series_over_limit_total',
      help: `Destinations counted as unknown because ${maxSeries} are kept already.`,
    })
    register(metrics, {
      name: 'istio_requests_total',
      help: 'Requests through the gateway.',
      type: 'counter',
      collect: () => this.#requests(),
    })
    register(metrics, {
      name: 'istio_request_duration_milliseconds',
      help: 'Time from the head of a request to the end of its response.',
      type: 'histogram',
      collect: () => this.#durations(),
    })
  }

  /** The one series of a pair. */
  series(source: Source, destination: Destination): Series {
    const labels = labelsOf(source, destination)
    const key = Object.values(labels).join('\n')
    let series = this.#series.get(key)
    if (series === undefined) {
      if (this.#series.size >= this.#maxSeries) this.#forget()
      if (this.#series.size >= this.#maxSeries) {
        this.#dropped.inc()
        return this.#overflow
      }
      series = new Series(labels)
      this.#series.set(key, series)
    }
    series.lastUsedMs = this.#now()
    return series
  }

  /** Marks what the current configuration uses, and drops what has been out of use for long. */
  keep(used: Iterable<Series>): void {
    const now = this.#now()
    for (const series of used) series.lastUsedMs = now
    this.#forget()
  }

  #forget(): void {
    const limit = this.#now() - FORGET_AFTER_MS
    for (const [key, series] of this.#series) if (series.lastUsedMs < limit) this.#series.delete(key)
  }

  *#all(): Iterable<{ labels: Record<string, string>; cell: Cell }> {
    for (const series of [...this.#series.values(), this.#overflow])
      for (const cell of series.cells)
        for (const reporter of REPORTERS)
          yield {
            labels: {
              ...reporter,
              ...series.labels,
              request_protocol: 'http',
              response_code: String(cell.code),
              response_flags: cell.flag,
            },
            cell,
          }
  }

  #requests(): Sample[] {
    return [...this.#all()].map(({ labels, cell }) => ({ labels, value: cell.count }))
  }

  #durations(): Sample[] {
    const name = 'istio_request_duration_milliseconds'
    const samples: Sample[] = []
    for (const { labels, cell } of this.#all()) {
      let count = 0
      for (const [index, bound] of BOUNDS.entries()) {
        count += cell.buckets[index]!
        samples.push({ labels: { ...labels, le: String(bound) }, value: count, metricName: `${name}_bucket` })
      }
      samples.push({ labels: { ...labels, le: '+Inf' }, value: cell.count, metricName: `${name}_bucket` })
      samples.push({ labels, value: cell.sumMs, metricName: `${name}_sum` })
      samples.push({ labels, value: cell.count, metricName: `${name}_count` })
    }
    return samples
  }
}

const unknownSource: Source = { workload: 'unknown', workloadNamespace: 'unknown', app: 'unknown' }

function labelsOf(source: Source, destination: Destination): Record<string, string> {
  return {
    source_workload: source.workload,
    source_workload_namespace: source.workloadNamespace,
    source_app: source.app,
    destination_workload: destination.workload,
    destination_workload_namespace: destination.workloadNamespace,
    destination_app: destination.app,
    destination_version: destination.version,
    destination_service: destination.service,
    destination_service_name: destination.serviceName,
    destination_service_namespace: destination.serviceNamespace,
  }
}

interface CollectedMetric {
  name: string
  help: string
  type: 'counter' | 'histogram'
  collect(): Sample[]
}

/** Registers a metric whose samples exist only while it is scraped. */
function register(metrics: Metrics, { name, help, type, collect }: CollectedMetric): void {
  const metric = {
    name,
    help,
    type,
    aggregator: 'sum',
    get: async () => ({ name, help, type, aggregator: 'sum', values: collect() }),
    reset: () => undefined,
  }
  // The registry asks a metric for no more than its name and `get`; the class's other methods are for writers.
  metrics.registry.registerMetric(metric as unknown as Metric)
}
