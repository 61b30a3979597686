import { keyOf } from '../../../kube/object.ts'
import type { Gateway } from '../kinds/generated/gateway.ts'
import type { HTTPRoute, HTTPRouteSpecParentRefsItem as ParentRef } from '../kinds/generated/http-route.ts'
import type { ServiceTarget } from '../proxy/service-target.ts'
import { type ListenerMatches, PathIndex, RouteTable } from '../routing/route-table.ts'
import { type Attachment, attach, type GatewayView, parentGatewayKey } from './attach.ts'
import type { CompiledRoute } from './compile-route.ts'
import { isUsable, type ListenerView, viewListeners } from './listeners.ts'

/** The API objects that routing follows from. */
export interface Snapshot {
  /** Only those whose class is ours. */
  gateways(): readonly Gateway[]
  routes(): readonly HTTPRoute[]
  route(key: string): HTTPRoute | undefined
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined
  compile(route: HTTPRoute): CompiledRoute
}

export interface ParentView {
  ref: ParentRef
  attachment: Attachment
}

export interface RouteView {
  compiled: CompiledRoute
  /** One for each parentRef that names a Gateway of ours. */
  parents: readonly ParentView[]
}

/** What the API objects come to. Everything but `tables` is kept up to date in place. */
export interface Evaluation {
  gateways: ReadonlyMap<string, GatewayView>
  routes: ReadonlyMap<string, RouteView>
  /** By Gateway and port of its listeners. */
  tables: ReadonlyMap<string, RouteTable>
  /** Accepted routes by Gateway and name of the listener. */
  attachedRoutes: ReadonlyMap<string, number>
  /** Every Service that a route leads to. */
  targets: ReadonlySet<ServiceTarget>
}

/** `namespace/name:port`: one listening socket, with its table. */
export const socketKey = (gatewayKey: string, port: number): string => `${gatewayKey}:${port}`
export const listenerKey = (gatewayKey: string, name: string): string => `${gatewayKey}/${name}`

/** A listener that a route is attached to, and the hostnames it serves there. */
interface Place {
  gateway: GatewayView
  listener: ListenerView
  hostnames: ReadonlySet<string>
}
interface KnownRoute extends RouteView {
  places: readonly Place[]
}
/** What is attached to one listener under one hostname; the index is made when it is asked for. */
interface Bucket {
  routes: Set<CompiledRoute>
  index: PathIndex | undefined
}

/** Joins Gateways and routes into tables. A changed route touches only what it is, or was, attached to. */
export class Evaluator {
  readonly #gateways = new Map<string, GatewayView>()
  readonly #routes = new Map<string, KnownRoute>()
  readonly #buckets = new Map<ListenerView, Map<string, Bucket>>()
  readonly #attached = new Map<string, number>()
  readonly #tables = new Map<string, RouteTable>()
  /** Gateways whose tables have to be made anew. */
  readonly #dirty = new Set<GatewayView>()

  /** Judges everything anew. */
  evaluateAll(snapshot: Snapshot): Evaluation {
    for (const map of [this.#gateways, this.#routes, this.#buckets, this.#attached, this.#tables]) map.clear()
    this.#dirty.clear()
    for (const gateway of snapshot.gateways()) {
      const view = { key: keyOf(gateway), gateway, listeners: viewListeners(gateway) }
      this.#gateways.set(view.key, view)
      this.#dirty.add(view)
    }
    for (const route of snapshot.routes()) this.#add(keyOf(route), route, snapshot)
    return this.#evaluation()
  }

  /** Judges only these routes anew, by `namespace/name`; Gateways and namespaces are as they were. */
  evaluateRoutes(keys: Iterable<string>, snapshot: Snapshot): Evaluation {
    for (const key of keys) {
      this.#remove(key)
      const route = snapshot.route(key)
      if (route) this.#add(key, route, snapshot)
    }
    return this.#evaluation()
  }

  #add(key: string, route: HTTPRoute, snapshot: Snapshot): void {
    const parents: ParentView[] = []
    const places = new Map<ListenerView, Place>()
    for (const ref of route.spec.parentRefs ?? []) {
      const gateway = this.#gateways.get(parentGatewayKey(route, ref) ?? '')
      if (!gateway) continue
      const attachment = attach(route, ref, gateway, snapshot.namespaceLabels)
      parents.push({ ref, attachment })
      // Several parentRefs may lead to one listener, where the route counts once.
      for (const { listener, hostnames } of attachment.listeners) {
        const before = places.get(listener)?.hostnames ?? []
        places.set(listener, { gateway, listener, hostnames: new Set([...before, ...hostnames]) })
      }
    }
    if (parents.length === 0) return
    const compiled = snapshot.compile(route)
    const known = { compiled, parents, places: compiled.refused ? [] : [...places.values()] }
    this.#routes.set(key, known)
    for (const place of known.places) {
      this.#count(place, 1)
      for (const hostname of place.hostnames) {
        const bucket = this.#bucket(place.listener, hostname)
        bucket.routes.add(compiled)
        bucket.index = undefined
      }
    }
  }

  #remove(key: string): void {
    const known = this.#routes.get(key)
    if (!known) return
    this.#routes.delete(key)
    for (const place of known.places) {
      this.#count(place, -1)
      for (const hostname of place.hostnames) {
        const bucket = this.#bucket(place.listener, hostname)
        bucket.routes.delete(known.compiled)
        bucket.index = undefined
        if (bucket.routes.size === 0) this.#buckets.get(place.listener)?.delete(hostname)
      }
    }
  }

  #count({ gateway, listener }: Place, change: number): void {
    const name = listenerKey(gateway.key, listener.name)
    this.#attached.set(name, (this.#attached.get(name) ?? 0) + change)
    this.#dirty.add(gateway)
  }

  #bucket(listener: ListenerView, hostname: string): Bucket {
    const byHost = this.#buckets.get(listener) ?? new Map<string, Bucket>()
    this.#buckets.set(listener, byHost)
    const bucket = byHost.get(hostname) ?? { routes: new Set(), index: undefined }
    byHost.set(hostname, bucket)
    return bucket
  }

  #evaluation(): Evaluation {
    for (const gateway of this.#dirty) this.#makeTables(gateway)
    this.#dirty.clear()
    const targets = new Set<ServiceTarget>()
    for (const { compiled } of this.#routes.values())
      for (const target of compiled.targets) targets.add(target)
    return {
      gateways: this.#gateways,
      routes: this.#routes,
      tables: this.#tables,
      attachedRoutes: this.#attached,
      targets,
    }
  }

  #makeTables({ key, listeners }: GatewayView): void {
    const byPort = new Map<number, ListenerMatches[]>()
    for (const listener of listeners) {
      if (!isUsable(listener)) continue
      const present = byPort.get(listener.port) ?? []
      byPort.set(listener.port, present)
      const hosts = new Map<string, PathIndex>()
      for (const [hostname, bucket] of this.#buckets.get(listener) ?? []) {
        bucket.index ??= new PathIndex([...bucket.routes].flatMap(({ matches }) => matches))
        hosts.set(hostname, bucket.index)
      }
      present.push({ hostname: listener.hostname, hosts })
    }
    for (const [port, present] of byPort) this.#tables.set(socketKey(key, port), new RouteTable(present))
  }
}
