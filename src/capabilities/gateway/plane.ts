import type { Kernel, RunningService } from '../../kernel/capability.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Informer, InformerEvent } from '../../kernel/informer.ts'
import type { Logger } from '../../kernel/log.ts'
import { Namespace } from '../../kube/generated/core-v1.ts'
import { equalJson } from '../../kube/copy.ts'
import { type KubeObject, keyOf } from '../../kube/object.ts'
import { Backends, source } from './config/backends.ts'
import { compileRoute } from './config/compile-route.ts'
import { type Evaluation, Evaluator, type Snapshot } from './config/evaluate.ts'
import { BY_BACKEND, backendKeys } from './config/backend-keys.ts'
import { CONTROLLER_NAME } from './config/names.ts'
import { Gateway } from './kinds/generated/gateway.ts'
import { GatewayClass } from './kinds/generated/gateway-class.ts'
import { HTTPRoute } from './kinds/generated/http-route.ts'
import { GatewaySockets } from './proxy/gateway-sockets.ts'
import { settingsFrom } from './settings-from.ts'
import { TrafficMetrics, unknownDestination } from './traffic-metrics.ts'

const SWEEP_MS = 250

/** The data plane and what the API says about it: follows informers, so that a change is in force at once. */
export class Plane implements RunningService {
  readonly sockets: GatewaySockets
  readonly #backends: Backends
  readonly #classes: Informer<GatewayClass>
  readonly #gateways: Informer<Gateway>
  readonly #routes: Informer<HTTPRoute>
  readonly #namespaces: Informer<Namespace>
  readonly #subscriptions: Disposable[]
  readonly #log: Logger
  readonly #clock: Clock
  readonly #evaluator = new Evaluator()
  /** Routes to judge anew, by `namespace/name`. */
  #changed: Set<string> | 'all' = 'all'
  #evaluation: Evaluation | undefined
  #isScheduled = false
  #lastEndedAt = Number.NEGATIVE_INFINITY
  #lastTookMs = 0
  readonly #waiting: (() => void)[] = []
  #isSynced = false
  /** Resolves when everything that routing follows from has been read once. */
  readonly synced: Promise<void>
  #isDisposed = false

  constructor(kernel: Kernel) {
    const { informers, metrics, clock } = kernel
    this.#log = kernel.log
    this.#clock = clock
    const settings = settingsFrom(kernel)
    const traffic = new TrafficMetrics(metrics, () => clock.now())
    this.sockets = new GatewaySockets(settings, traffic.series(source, unknownDestination))
    this.#classes = informers.for(GatewayClass)
    this.#gateways = informers.for(Gateway)
    this.#routes = informers.for(HTTPRoute)
    this.#namespaces = informers.for(Namespace)
    this.#routes.addIndex(BY_BACKEND, backendKeys)
    this.#backends = new Backends(informers, {
      traffic,
      now: () => settings.coarseNow,
      changed: service => this.#schedule(this.#routes.by(BY_BACKEND, service).map(keyOf)),
    })
    const parts = [this.#classes, this.#gateways, this.#routes, this.#namespaces, this.#backends]
    this.synced = Promise.all(parts.map(part => part.synced)).then(() => {
      this.#isSynced = true
      this.#schedule('all')
    })
    const all = (event: InformerEvent<KubeObject>) => {
      if (isSubstantial(event)) this.#schedule('all')
    }
    this.#subscriptions = [
      this.#classes.onChange(all),
      this.#gateways.onChange(all),
      this.#routes.onChange(event => {
        if (isSubstantial(event)) this.#schedule([keyOf(event.object)])
      }),
      this.#namespaces.onChange(all),
      clock.every(SWEEP_MS, () => {
        settings.coarseNow = clock.elapsed()
        this.sockets.sweep(settings.coarseNow)
        this.#backends.sweep()
      }),
    ]
  }

  /** What the API comes to, with every change that is known now in force. */
  async current(): Promise<Evaluation> {
    await this.synced
    if (this.#evaluation && !this.#isScheduled) return this.#evaluation
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        if (this.#evaluation) resolve(this.#evaluation)
        else reject(new Error('the routes could not be evaluated'))
      })
    })
  }

  #isOurs(gateway: Gateway): boolean {
    return this.#classes.get(gateway.spec.gatewayClassName)?.spec.controllerName === CONTROLLER_NAME
  }
  classExists(name: string): boolean {
    return this.#classes.get(name) !== undefined
  }

  /**
   * One change is in force within the same turn of the event loop. In a burst (a sync of thousands of routes),
   * evaluations take at most a fifth of the time.
   */
  #schedule(changed: 'all' | readonly string[]): void {
    if (changed === 'all') this.#changed = 'all'
    else if (this.#changed !== 'all') for (const key of changed) this.#changed.add(key)
    if (this.#isScheduled || this.#isDisposed || !this.#isSynced) return
    this.#isScheduled = true
    const waitMs = this.#lastEndedAt + 4 * this.#lastTookMs - this.#clock.elapsed()
    if (waitMs < 1) setImmediate(() => this.#run())
    else this.#clock.after(waitMs, () => this.#run())
  }

  #run(): void {
    this.#isScheduled = false
    if (this.#isDisposed) return
    const startedAt = this.#clock.elapsed()
    try {
      this.#refresh()
    } catch (err) {
      // The tables in force stay: traffic goes on while this is being looked at.
      this.#changed = 'all'
      this.#log.error({ err }, 'the routes could not be evaluated')
    }
    this.#lastEndedAt = this.#clock.elapsed()
    this.#lastTookMs = this.#lastEndedAt - startedAt
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #refresh(): void {
    const snapshot: Snapshot = {
      gateways: () => this.#gateways.list().filter(gateway => this.#isOurs(gateway)),
      routes: () => this.#routes.list(),
      route: key => this.#routes.get(key),
      namespaceLabels: name => this.#namespaces.get(name)?.metadata.labels,
      compile: route =>
        compileRoute(route, (namespace, ref, where) => this.#backends.resolve(namespace, ref, where)),
    }
    const changed = this.#changed
    this.#changed = new Set()
    this.#evaluation =
      changed === 'all'
        ? this.#evaluator.evaluateAll(snapshot)
        : this.#evaluator.evaluateRoutes(changed, snapshot)
    this.sockets.use(this.#evaluation.tables)
    this.#backends.retain(this.#evaluation.targets)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
    await this.sockets[Symbol.asyncDispose]()
    this.#backends[Symbol.dispose]()
  }
}

/** Whether routing can depend on it: our own writing of statuses is most of what happens to routes. */
function isSubstantial({ type, object, previous }: InformerEvent<KubeObject>): boolean {
  if (type !== 'modified' || !previous) return true
  const [before, now] = [previous.metadata, object.metadata]
  return (
    before.uid !== now.uid ||
    before.generation !== now.generation ||
    before.deletionTimestamp !== now.deletionTimestamp ||
    !equalJson(before.labels, now.labels) ||
    !equalJson(before.annotations, now.annotations)
  )
}

const planes = new WeakMap<Kernel, Plane>()

/** The one plane of a kernel: its service and its controllers share it. */
export function planeOf(kernel: Kernel): Plane {
  const known = planes.get(kernel)
  if (known) return known
  const plane = new Plane(kernel)
  planes.set(kernel, plane)
  return plane
}
