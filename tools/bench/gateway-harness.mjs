// The gateway's data plane alone, with a fixed route to one upstream. Bundled and started by gateway.mjs.
// Usage: node gateway-harness.bundle.mjs UPSTREAM_PORT [plain|weighted|canary]
import { RealClock } from '../../src/kernel/clock.ts'
import { Metrics } from '../../src/kernel/metrics.ts'
import { Endpoint } from '../../src/capabilities/gateway/proxy/endpoint.ts'
import { ListenSocket } from '../../src/capabilities/gateway/proxy/listen-socket.ts'
import { ServiceTarget } from '../../src/capabilities/gateway/proxy/service-target.ts'
import { defaultLimits } from '../../src/capabilities/gateway/proxy/settings.ts'
import { PathIndex, RouteTable } from '../../src/capabilities/gateway/routing/route-table.ts'
import { boundsOf } from '../../src/capabilities/gateway/routing/rule.ts'
import { SessionIds } from '../../src/capabilities/gateway/routing/sticky.ts'
import { TrafficMetrics, unknownDestination } from '../../src/capabilities/gateway/traffic-metrics.ts'

const [upstreamPort, mode = 'plain'] = process.argv.slice(2)
const clock = new RealClock()
const settings = {
  clock,
  limits: defaultLimits,
  sessionIds: new SessionIds(),
  random: Math.random,
  turnedAway: () => {},
  accessLog: undefined,
  coarseNow: clock.elapsed(),
  openConnections: 0,
}
const traffic = new TrafficMetrics(new Metrics(), () => clock.now())
const source = { workload: 'bench', workloadNamespace: 'default', app: 'bench' }
const target = weight => {
  const series = traffic.series(source, { ...unknownDestination, workload: `up-${weight}` })
  const service = new ServiceTarget(`default/up-${weight}:80`, series)
  service.endpoints = [
    new Endpoint('127.0.0.1', Number(upstreamPort), { series, now: () => settings.coarseNow }),
  ]
  return service
}
const weights = mode === 'plain' ? [1] : [90, 10]
const choices = weights.map(weight => ({
  target: target(weight),
  requestHeaders: undefined,
  responseHeaders: undefined,
}))
const rule = {
  route: 'default/bench',
  name: '0',
  redirect: undefined,
  rewrite: undefined,
  responseHeaders: undefined,
  choices,
  bounds: boundsOf(weights),
  sticky:
    mode === 'weighted'
      ? {
          kind: 'cookie',
          name: 'drave-session',
          attributes: '; Path=/; HttpOnly; SameSite=Lax',
          absoluteTimeoutMs: 0,
        }
      : undefined,
  requestTimeoutMs: 0,
  backendTimeoutMs: 0,
}
const order = { created: '', route: 'default/bench', rule: 0, match: 0 }
const match = { path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [], rule, order }
const socket = new ListenSocket(settings, traffic.series(source, unknownDestination))
socket.table = new RouteTable([{ hostname: '', hosts: new Map([['', new PathIndex([match])]]) }])
clock.every(250, () => {
  settings.coarseNow = clock.elapsed()
  socket.sweep(settings.coarseNow)
})
await socket.listen('127.0.0.1', 0)
console.log(`listening ${socket.port}`)
process.on('SIGTERM', () => process.exit(0))
