import type { Kernel, RunningService } from '../../kernel/capability.ts'
import type { Informer, InformerEvent } from '../../kernel/informer.ts'
import { Namespace } from '../../kube/generated/core-v1.ts'
import { equalJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import { Backends, source } from './config/backends.ts'
import { type CompiledRoute, compileRoute } from './config/compile-route.ts'
import { type Evaluation, evaluate } from './config/evaluate.ts'
import { CONTROLLER_NAME } from './config/names.ts'
import { Gateway } from './kinds/generated/gateway.ts'
import { GatewayClass } from './kinds/generated/gateway-class.ts'
import { HTTPRoute } from './kinds/generated/http-route.ts'
import { GatewaySockets } from './proxy/gateway-sockets.ts'
import type { ServiceTarget } from './proxy/service-target.ts'
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
  #compiled = new WeakMap<HTTPRoute, CompiledRoute>()
  #evaluation: Evaluation | undefined
  #isScheduled = false
  #isSynced = false
  /** Resolves when everything that routing follows from has been read once. */
  readonly synced: Promise<void>
  #isDisposed = false

  constructor(kernel: Kernel) {
    const { informers, metrics, clock } = kernel
    const settings = settingsFrom(kernel)
    const traffic = new TrafficMetrics(metrics, () => clock.now())
    this.sockets = new GatewaySockets(settings, traffic.series(source, unknownDestination))
    this.#classes = informers.for(GatewayClass)
    this.#gateways = informers.for(Gateway)
    this.#routes = informers.for(HTTPRoute)
    this.#namespaces = informers.for(Namespace)
    this.#backends = new Backends(informers, {
      traffic,
      now: () => settings.coarseNow,
      changed: () => {
        this.#compiled = new WeakMap()
        this.#schedule()
      },
    })
    const parts = [this.#classes, this.#gateways, this.#routes, this.#namespaces, this.#backends]
    this.synced = Promise.all(parts.map(part => part.synced)).then(() => {
      this.#isSynced = true
      this.#schedule()
    })
    const schedule = (event: InformerEvent<KubeObject>) => {
      if (isSubstantial(event)) this.#schedule()
    }
    this.#subscriptions = [
      this.#classes.onChange(schedule),
      this.#gateways.onChange(schedule),
      this.#routes.onChange(schedule),
      this.#namespaces.onChange(schedule),
      clock.every(SWEEP_MS, () => {
        settings.coarseNow = clock.elapsed()
        this.sockets.sweep(settings.coarseNow)
        this.#backends.sweep()
      }),
    ]
  }

  /** What the API comes to now; changes that are not in force yet come into force with it. */
  evaluation(): Evaluation {
    return this.#evaluation ?? this.#refresh()
  }

  isOurs(gateway: Gateway): boolean {
    return this.#classes.get(gateway.spec.gatewayClassName)?.spec.controllerName === CONTROLLER_NAME
  }
  classExists(name: string): boolean {
    return this.#classes.get(name) !== undefined
  }

  /** Several changes of one turn of the event loop are taken together. */
  #schedule(): void {
    this.#evaluation = undefined
    if (this.#isScheduled || this.#isDisposed || !this.#isSynced) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (!this.#isDisposed && !this.#evaluation) this.#refresh()
    })
  }

  #refresh(): Evaluation {
    const evaluation = evaluate({
      gateways: this.#gateways.list().filter(gateway => this.isOurs(gateway)),
      routes: this.#routes.list(),
      namespaceLabels: name => this.#namespaces.get(name)?.metadata.labels,
      compile: route => this.#compile(route),
    })
    this.#evaluation = evaluation
    this.sockets.use(evaluation.tables)
    this.#backends.retain(targetsOf(evaluation))
    return evaluation
  }

  #compile(route: HTTPRoute): CompiledRoute {
    const known = this.#compiled.get(route)
    if (known) return known
    const compiled = compileRoute(route, (namespace, ref, where) =>
      this.#backends.resolve(namespace, ref, where),
    )
    this.#compiled.set(route, compiled)
    return compiled
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

function targetsOf(evaluation: Evaluation): Set<ServiceTarget> {
  const targets = new Set<ServiceTarget>()
  for (const { compiled } of evaluation.routes.values())
    for (const { rule } of compiled.matches)
      for (const { target } of rule.choices) if (target) targets.add(target)
  return targets
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
