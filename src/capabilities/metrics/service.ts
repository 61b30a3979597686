import type { Kernel, Service } from '../../kernel/capability.ts'
import { ReverseOrder } from '../../kernel/dispose.ts'
import { publishSystemService } from '../../kernel/system-service.ts'
import { Queries } from './api/queries.ts'
import { PrometheusServer } from './api/server.ts'
import { Scraper } from './scrape/scraper.ts'
import { readSettings } from './settings.ts'
import { MetricsStore, type StoreOptions } from './store/metrics-store.ts'

/** The listener, the Service and the endpoint all have this name. */
const NAME = 'prometheus'
const SERVICE_PORT = 9090
const TICK_MS = 1000

/** The store, the scraper and the HTTP API, as one service. */
export const metricsService = (kernel: Kernel): Service => ({
  name: NAME,
  async start() {
    const { clock, config, endpoints, log, metrics } = kernel
    const settings = readSettings(config)
    const parts = new ReverseOrder()
    try {
      const store = parts.use(
        new MetricsStore({
          folder: kernel.dataDirectory.folder('metrics'),
          ...settings,
          log,
          onRefusal: countRefusals(kernel),
        }),
      )
      observe(kernel, store)
      parts.use(keepStore(kernel, store))
      const scraper = parts.use(new Scraper(kernel, store, settings))
      const queries = new Queries({ store, clock, settings })
      const server = parts.use(new PrometheusServer({ queries, scraper, metrics, settings }, log))
      const port = await server.listen(config.host, config.port(NAME))
      endpoints.publish(NAME, `http://${config.host}:${port}`)
      parts.use({ [Symbol.asyncDispose]: async () => endpoints.withdraw(NAME) })
      await publishSystemService(kernel, {
        name: NAME,
        port: SERVICE_PORT,
        address: config.host,
        targetPort: port,
      })
      scraper.start()
    } catch (error) {
      await parts[Symbol.asyncDispose]()
      throw error
    }
    return parts
  },
})

/** Flushes, closes windows and drops old ones, once a second. */
function keepStore({ clock, log }: Kernel, store: MetricsStore): AsyncDisposable {
  let running: Promise<void> | undefined
  const timer = clock.every(TICK_MS, () => {
    running ??= store
      .tick(clock.now())
      .catch(error => log.error({ error }, 'metrics could not be written; they stay in memory for now'))
      .finally(() => {
        running = undefined
      })
  })
  return {
    async [Symbol.asyncDispose]() {
      timer[Symbol.dispose]()
      await running
    },
  }
}

function countRefusals({ metrics }: Kernel): StoreOptions['onRefusal'] {
  const refused = metrics.counter({
    name: 'drave_metrics_refused_total',
    help: 'Samples, series or windows that the metrics store did not take',
    labelNames: ['reason'],
  })
  return (reason, count) => refused.inc({ reason }, count)
}

function observe({ metrics }: Kernel, store: MetricsStore): void {
  const gauges: [name: string, help: string, read: () => number][] = [
    ['drave_metrics_series', 'Series that get samples', () => store.seriesCount],
    ['drave_metrics_head_bytes', 'Memory that the current window takes', () => store.headBytes],
    ['drave_metrics_block_bytes', 'Disk that closed windows take', () => store.blockBytes],
  ]
  for (const [name, help, read] of gauges)
    metrics.gauge({
      name,
      help,
      collect() {
        this.set(read())
      },
    })
}
