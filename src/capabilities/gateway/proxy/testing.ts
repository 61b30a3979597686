import { connect, createServer, type Server, type Socket } from 'node:net'
import { RealClock } from '../../../kernel/clock.ts'
import { Metrics } from '../../../kernel/metrics.ts'
import { until } from '../../../kernel/until.ts'
import type { RouteMatch } from '../routing/match.ts'
import { PathIndex, RouteTable } from '../routing/route-table.ts'
import { boundsOf, type Choice, type Rule } from '../routing/rule.ts'
import { SessionIds } from '../routing/sticky.ts'
import { Series, TrafficMetrics, unknownDestination } from '../traffic-metrics.ts'
import { Endpoint } from './endpoint.ts'
import { ListenSocket } from './listen-socket.ts'
import { ServiceTarget } from './service-target.ts'
import { defaultLimits, type Limits, type Settings, type TurnedAway } from './settings.ts'

/** For tests: a rule with every field set, of which some are replaced. */
export function testRule(changes: Partial<Rule> = {}, weights: readonly number[] = [1]): Rule {
  return {
    route: 'default/test',
    name: '0',
    redirect: undefined,
    rewrite: undefined,
    responseHeaders: undefined,
    choices: [],
    bounds: boundsOf(weights),
    sticky: undefined,
    requestTimeoutMs: 0,
    backendTimeoutMs: 0,
    ...changes,
  }
}

export const testChoice = (target: ServiceTarget | undefined, changes: Partial<Choice> = {}): Choice => ({
  target,
  requestHeaders: undefined,
  responseHeaders: undefined,
  ...changes,
})

/** For tests: a match of a path prefix. */
export const testMatch = (rule: Rule, changes: Partial<RouteMatch> = {}): RouteMatch => ({
  path: { kind: 'prefix', value: '/' },
  method: undefined,
  headers: [],
  query: [],
  order: { created: '', route: rule.route, rule: 0, match: 0 },
  rule,
  ...changes,
})

export const tableOf = (...matches: RouteMatch[]): RouteTable =>
  new RouteTable([{ hostname: '', hosts: new Map([['', new PathIndex(matches)]]) }])

export interface TestProxy extends AsyncDisposable {
  port: number
  socket: ListenSocket
  settings: Settings
  refused: TurnedAway[]
  /** A Service in front of these ports of loopback. */
  target(name: string, ...ports: number[]): ServiceTarget
  route(...matches: RouteMatch[]): void
}

/** For tests: the data plane alone, on a free port of loopback. */
export async function startTestProxy(limits: Partial<Limits> = {}): Promise<TestProxy> {
  const clock = new RealClock()
  const refused: TurnedAway[] = []
  const settings: Settings = {
    clock,
    limits: { ...defaultLimits, ...limits },
    sessionIds: new SessionIds(),
    random: Math.random,
    turnedAway: reason => refused.push(reason),
    accessLog: undefined,
    coarseNow: clock.elapsed(),
    openConnections: 0,
  }
  const traffic = new TrafficMetrics(new Metrics(), () => clock.now())
  const source = { workload: 'test', workloadNamespace: 'default', app: 'test' }
  const socket = new ListenSocket(settings, traffic.series(source, unknownDestination))
  await socket.listen('127.0.0.1', 0)
  const endpoints: Endpoint[] = []
  const sweep = clock.every(10, () => {
    settings.coarseNow = clock.elapsed()
    socket.sweep(settings.coarseNow)
  })
  return {
    port: socket.port,
    socket,
    settings,
    refused,
    target(name, ...ports) {
      const target = new ServiceTarget(`default/${name}:80`, new Series({}))
      target.endpoints = ports.map(port => {
        const endpoint = new Endpoint('127.0.0.1', port, {
          series: new Series({}),
          now: () => settings.coarseNow,
        })
        endpoints.push(endpoint)
        return endpoint
      })
      return target
    },
    route(...matches) {
      socket.table = tableOf(...matches)
    },
    async [Symbol.asyncDispose]() {
      sweep[Symbol.dispose]()
      for (const endpoint of endpoints) endpoint.destroy()
      await socket.close(0)
    },
  }
}

/** For tests: a client that sees the bytes. */
export class RawClient implements Disposable {
  readonly socket: Socket
  text = ''
  isClosed = false

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.text += chunk
    })
    this.socket.on('error', () => {})
    this.socket.on('end', () => {
      this.isClosed = true
    })
    this.socket.on('close', () => {
      this.isClosed = true
    })
  }
  send(text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }
  /** Everything received once it contains the text. */
  async receives(text: string): Promise<string> {
    await until(`a client to receive ${JSON.stringify(text)}, after ${JSON.stringify(this.text)}`, () =>
      this.text.includes(text),
    )
    return this.text
  }
  async closes(): Promise<string> {
    await until('the connection to be closed', () => this.isClosed)
    return this.text
  }
  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** For tests: a server that answers bytes with bytes. */
export class RawServer implements AsyncDisposable {
  readonly #server: Server
  readonly sockets: Socket[] = []
  received = ''

  constructor(onData: (socket: Socket, text: string, server: RawServer) => void) {
    this.#server = createServer(socket => {
      this.sockets.push(socket)
      socket.on('error', () => {})
      socket.on('data', chunk => {
        this.received += chunk.toString('latin1')
        onData(socket, chunk.toString('latin1'), this)
      })
    })
  }
  listen(): Promise<number> {
    return new Promise(resolve => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  }
  /** Resolves when nothing listens any more. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
