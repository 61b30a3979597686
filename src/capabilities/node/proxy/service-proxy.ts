import type { Kernel, Service as KernelService } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { portHolder } from '../../../kernel/port-holder.ts'
import { Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { type Forward, forwards, otherProtocols, SERVICE_NAME } from './forwards.ts'
import { TcpForwarder } from './tcp-forwarder.ts'

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
  /** By Service, then by `host:port`. */
  readonly #listeners = new Map<string, Map<string, TcpForwarder>>()
  readonly #complaints = new Map<string, string>()
  readonly #connections
  readonly #refused

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#connections = kernel.metrics.gauge({
      name: 'drave_node_proxy_connections',
      help: 'Connections that the service proxy carries now.',
    })
    this.#refused = kernel.metrics.counter({
      name: 'drave_node_proxy_refused_total',
      help: 'Connections to Services that were refused.',
      labelNames: ['reason'],
    })
  }

  /** Ends all listeners and connections when the stack stops. */
  service(): KernelService {
    return {
      name: 'service-proxy',
      start: async () => ({
        [Symbol.asyncDispose]: async () => {
          for (const ofService of this.#listeners.values())
            for (const listener of ofService.values()) listener[Symbol.dispose]()
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
        const problems = await this.#apply(key, wanted)
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

  /** Brings the listeners of a Service to what is wanted; returns what could not be done. */
  async #apply(key: string, wanted: readonly Forward[]): Promise<string[]> {
    const listeners = this.#listeners.get(key) ?? new Map<string, TcpForwarder>()
    this.#listeners.set(key, listeners)
    const kept = new Set(wanted.map(place))
    for (const [at, listener] of listeners)
      if (!kept.has(at)) {
        listener.close()
        listeners.delete(at)
      }
    const problems: string[] = []
    for (const forward of wanted) {
      const at = place(forward)
      try {
        const listener = listeners.get(at) ?? (await this.#listen(forward))
        listeners.set(at, listener)
        listener.update(forward)
      } catch (error) {
        problems.push(reasonOf(error as NodeJS.ErrnoException, forward))
      }
    }
    if (listeners.size === 0) this.#listeners.delete(key)
    return problems
  }

  #listen(forward: Forward): Promise<TcpForwarder> {
    return TcpForwarder.listen(forward, {
      clock: this.#kernel.clock,
      opened: () => this.#connections.inc(),
      closed: () => this.#connections.dec(),
      refused: reason => this.#refused.inc({ reason }),
    })
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

const place = ({ host, port }: Forward): string => `${host}:${port}`

function reasonOf(error: NodeJS.ErrnoException, forward: Forward): string {
  const at = place(forward)
  switch (error.code) {
    case 'EACCES':
      return `cannot listen on ${at}: ports below 1024 need privileges here; give the Service a port from 1024 on, or allow it with sysctl net.ipv4.ip_unprivileged_port_start`
    case 'EADDRINUSE':
      return `cannot listen on ${at}: ${portHolder(forward.port, forward.host) ?? 'another process'} does, for instance a second Drave, or a pod that listens on all addresses`
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${at}: this system has only 127.0.0.1 as a loopback address; use the addresses of the pods`
    default:
      return `cannot listen on ${at}: ${error.message}`
  }
}
