import type { Kernel } from '../../kernel/capability.ts'
import { type AccessEntry, defaultLimits, type Settings } from './proxy/settings.ts'
import { SessionIds } from './routing/sticky.ts'

/** The data plane's settings out of the configuration, with its own metrics. */
export function settingsFrom(kernel: Kernel): Settings {
  const { clock, config, metrics } = kernel
  const log = kernel.log.child({ part: 'access' })
  const turnedAway = metrics.counter({
    name: 'drave_gateway_turned_away_total',
    help: 'Requests and connections that were refused before they were routed, by reason.',
    labelNames: ['reason'],
  })
  const maxConnections = Number(config.get('gateway.maxConnections') ?? defaultLimits.maxConnections)
  const isLogged = String(config.get('gateway.accessLog')) === 'true'
  const settings: Settings = {
    clock,
    limits: { ...defaultLimits, maxConnections },
    sessionIds: new SessionIds(),
    random: Math.random,
    turnedAway: reason => turnedAway.inc({ reason }),
    accessLog: isLogged ? (entry: AccessEntry) => log.info(entry, 'request') : undefined,
    coarseNow: clock.elapsed(),
    openConnections: 0,
  }
  metrics.gauge({
    name: 'drave_gateway_connections',
    help: 'Client connections that are open.',
    collect() {
      this.set(settings.openConnections)
    },
  })
  return settings
}
