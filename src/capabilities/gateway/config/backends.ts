import type { Informer, Informers } from '../../../kernel/informer.ts'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { equalJson } from '../../../kube/copy.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import type { HTTPRouteSpecRulesItemBackendRefsItem as BackendRef } from '../kinds/generated/http-route.ts'
import { Endpoint } from '../proxy/endpoint.ts'
import { ServiceTarget } from '../proxy/service-target.ts'
import type { Series, Source, TrafficMetrics } from '../traffic-metrics.ts'
import { podDestination, serviceDestination } from './destination.ts'
import { type EndpointAddress, readyAddresses } from './endpoint-addresses.ts'
import type { Problem } from './problem.ts'

const BY_SERVICE = 'gateway/service'

/** Both proxies of a mesh would name a workload; this process is the one in front of all. */
export const source: Source = {
  workload: 'drave-gateway',
  workloadNamespace: 'drave-system',
  app: 'drave-gateway',
}

interface Entry {
  namespace: string
  name: string
  port: number
  target: ServiceTarget
  /** Pods whose labels were not known when the endpoints were made. */
  awaitedPods: Set<string>
}

/** The Services that routes lead to: keeps each one's endpoints as the API says, without touching the routes. */
export class Backends implements Disposable {
  readonly #services: Informer<Service>
  readonly #slices: Informer<EndpointSlice>
  readonly #pods: Informer<Pod>
  readonly #traffic: TrafficMetrics
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #subscriptions: Disposable[]
  /** Resolves when all that endpoints follow from is there. */
  readonly synced: Promise<unknown>

  /** `now` is the coarse clock of the data plane; `changed` is told of Services whose routes have to be compiled again. */
  constructor(
    informers: Informers,
    options: { traffic: TrafficMetrics; now: () => number; changed(service: string): void },
  ) {
    this.#services = informers.for(Service)
    this.#slices = informers.for(EndpointSlice)
    this.#pods = informers.for(Pod)
    this.#traffic = options.traffic
    this.#now = options.now
    this.synced = Promise.all([this.#services.synced, this.#slices.synced, this.#pods.synced])
    this.#slices.addIndex(BY_SERVICE, slice => serviceOf(slice) ?? [])
    this.#subscriptions = [
      this.#services.onChange(({ type, object, previous }) => {
        this.#refresh(keyOf(object))
        // Selectors change with every canary; the routes do not depend on them.
        const [before, now] = [previous?.spec, object.spec]
        if (type !== 'modified' || before?.type !== now.type || !equalJson(before?.ports, now.ports))
          options.changed(keyOf(object))
      }),
      this.#slices.onChange(({ object, previous }) => {
        for (const slice of [object, previous])
          if (slice) for (const service of serviceOf(slice) ?? []) this.#refresh(service)
      }),
      this.#pods.onChange(({ object }) => this.#podChanged(keyOf(object))),
    ]
  }

  /** The Service that a backendRef names, or why it cannot be used (HTTPRoute's ResolvedRefs). */
  resolve(namespace: string, ref: BackendRef, where: string): { target: ServiceTarget } | Problem {
    const named = `${where}: ${ref.namespace ?? namespace}/${ref.name}`
    if ((ref.group ?? '') !== '' || (ref.kind ?? 'Service') !== 'Service')
      return {
        reason: 'InvalidKind',
        message: `${named}: backends of kind ${ref.kind} (group ${JSON.stringify(ref.group ?? '')}) are not supported, only Services are`,
      }
    if (ref.namespace !== undefined && ref.namespace !== namespace)
      return {
        reason: 'RefNotPermitted',
        message: `${named}: a backend in another namespace needs a ReferenceGrant, and these are not supported`,
      }
    const service = this.#services.get(`${namespace}/${ref.name}`)
    if (!service) return { reason: 'BackendNotFound', message: `${named}: there is no such Service` }
    if (service.spec.type === 'ExternalName')
      return {
        reason: 'UnsupportedProtocol',
        message: `${named}: Services of type ExternalName are not supported`,
      }
    const port = service.spec.ports?.find(candidate => candidate.port === ref.port)
    if (!port || ref.port === undefined)
      return {
        reason: 'BackendNotFound',
        message: `${named}: the Service has no port ${ref.port ?? '(none given)'}`,
      }
    if (port.appProtocol === 'kubernetes.io/h2c' || port.appProtocol === 'kubernetes.io/wss')
      return {
        reason: 'UnsupportedProtocol',
        message: `${named}: appProtocol ${port.appProtocol} is not supported`,
      }
    return { target: this.#entry(namespace, ref.name, ref.port).target }
  }

  /** Ends the endpoints of Services that no route leads to any more. */
  retain(used: ReadonlySet<ServiceTarget>): void {
    for (const [key, entry] of this.#entries) {
      if (used.has(entry.target)) continue
      this.#entries.delete(key)
      for (const endpoint of entry.target.endpoints) endpoint.retire()
    }
    this.#traffic.keep(this.#series())
  }

  sweep(): void {
    for (const { target } of this.#entries.values()) for (const endpoint of target.endpoints) endpoint.sweep()
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
    for (const { target } of this.#entries.values())
      for (const endpoint of target.endpoints) endpoint.destroy()
    this.#entries.clear()
  }

  *#series(): Iterable<Series> {
    for (const { target } of this.#entries.values()) {
      yield target.unserved
      for (const endpoint of target.endpoints) yield endpoint.series
    }
  }

  #entry(namespace: string, name: string, port: number): Entry {
    const key = `${namespace}/${name}:${port}`
    const known = this.#entries.get(key)
    if (known) return known
    const unserved = this.#traffic.series(source, serviceDestination(namespace, name))
    const entry = {
      namespace,
      name,
      port,
      target: new ServiceTarget(key, unserved),
      awaitedPods: new Set<string>(),
    }
    this.#entries.set(key, entry)
    this.#update(entry)
    return entry
  }

  #refresh(service: string): void {
    for (const entry of this.#entries.values())
      if (`${entry.namespace}/${entry.name}` === service) this.#update(entry)
  }

  #podChanged(pod: string): void {
    for (const entry of this.#entries.values()) if (entry.awaitedPods.has(pod)) this.#update(entry)
  }

  /** Swaps the list of endpoints: those that stay keep their connections, those that leave are drained. */
  #update(entry: Entry): void {
    const service = `${entry.namespace}/${entry.name}`
    const port = this.#services.get(service)?.spec?.ports?.find(candidate => candidate.port === entry.port)
    const addresses = port ? readyAddresses(this.#slices.by(BY_SERVICE, service), port) : []
    const before = new Map(
      entry.target.endpoints.map(endpoint => [`${endpoint.address}:${endpoint.port}`, endpoint]),
    )
    entry.awaitedPods.clear()
    entry.target.endpoints = addresses.map(address => {
      const key = `${address.address}:${address.port}`
      const series = this.#seriesOf(entry, address)
      const endpoint = before.get(key)
      if (!endpoint) return new Endpoint(address.address, address.port, { series, now: this.#now })
      before.delete(key)
      endpoint.series = series
      return endpoint
    })
    for (const endpoint of before.values()) endpoint.retire()
  }

  #seriesOf(entry: Entry, { pod: podKey }: EndpointAddress): Series {
    const service = serviceDestination(entry.namespace, entry.name)
    if (podKey === undefined) return this.#traffic.series(source, service)
    const pod = this.#pods.get(podKey)
    if (pod) return this.#traffic.series(source, podDestination(service, pod))
    entry.awaitedPods.add(podKey)
    return this.#traffic.series(source, service)
  }
}

function serviceOf(slice: EndpointSlice): [string] | undefined {
  const name = slice.metadata.labels?.['kubernetes.io/service-name']
  return name === undefined ? undefined : [`${slice.metadata.namespace}/${name}`]
}
