import type { Kernel, Service as KernelService } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { Forwarders } from './forwarders.ts'
import { forwards, otherProtocols, SERVICE_NAME } from './forwards.ts'
import type { ForwarderHooks } from './tcp-forwarder.ts'

const COMPONENT = 'kube-proxy'
const BY_SERVICE = 'service'
/** How soon a port that could not be listened on is tried again. */
const RETRY_MS = 10_000

const serviceKey = ({ metadata }: EndpointSlice): string[] => {
  const name = metadata.labels?.[SERVICE_NAME]
  return name ? [`${metadata.namespace}/${name}`] : []
}

/** Makes Services reachable at their cluster IPs: one listener a port, connections carried to ready endpoints. */
export class ServiceProxy {
  readonly #kernel: Kernel
  readonly #services: Forwarders
  /** By the pod's uid. */
  readonly hostPorts: Forwarders
  readonly #complaints = new Map<string, string>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    const connections = kernel.metrics.gauge({
      name: 'drave_node_proxy_connections',
      help: 'Connections that the service proxy carries now.',
    })
    const refused = kernel.metrics.counter({
      name: 'drave_node_proxy_refused_total',
      help: 'Connections to Services that were refused.',
      labelNames: ['reason'],
    })
    const hooks: ForwarderHooks = {
      clock: kernel.clock,
      opened: () => connections.inc(),
      closed: () => connections.dec(),
      refused: reason => refused.inc({ reason }),
    }
    this.#services = new Forwarders(hooks)
    this.hostPorts = new Forwarders(hooks)
  }

  /** Ends all listeners and connections when the stack stops. */
  service(): KernelService {
    return {
      name: 'service-proxy',
      start: async () => ({
        [Symbol.asyncDispose]: async () => {
          this.#services[Symbol.dispose]()
          this.hostPorts[Symbol.dispose]()
        },
      }),
    }
  }

  controller(): Controller {
    const { informers, config } = this.#kernel
    const services = informers.for(Service)
    const slices = informers.for(EndpointSlice)
    slices.addIndex(BY_SERVICE, serviceKey)
    return {
      name: 'service-proxy',
      watches: [objectsOf(Service), mappedFrom(EndpointSlice, serviceKey)],
      reconcile: async key => {
        const service = services.get(key)
        const wanted = service ? forwards(service, slices.by(BY_SERVICE, key), config.host) : []
        const problems = await this.#services.apply(key, wanted)
        if (!service) {
          this.#complaints.delete(key)
          return
        }
        const others = otherProtocols(service)
        if (others.length > 0 && service.spec.clusterIP !== 'None')
          problems.push(`ports ${others.join(', ')} are not proxied: this node carries TCP only`)
        this.#complain(key, service, problems)
        if (problems.length > others.length) return { after: RETRY_MS }
      },
    }
  }

  /** Says what is wrong once, not at every attempt. */
  #complain(key: string, service: Service, problems: readonly string[]): void {
    const message = problems.join('; ')
    if ((this.#complaints.get(key) ?? '') === message) return
    this.#complaints.set(key, message)
    if (message !== '')
      this.#kernel.events.record(service, {
        type: 'Warning',
        reason: 'NotProxied',
        message,
        component: COMPONENT,
      })
  }
}
