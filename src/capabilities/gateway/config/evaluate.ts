import type { Gateway } from '../kinds/generated/gateway.ts'
import type { HTTPRoute, HTTPRouteSpecParentRefsItem as ParentRef } from '../kinds/generated/http-route.ts'
import type { RouteMatch } from '../routing/match.ts'
import { type ListenerMatches, RouteTable } from '../routing/route-table.ts'
import { type Attachment, attach, type GatewayView, parentGatewayKey } from './attach.ts'
import type { CompiledRoute } from './compile-route.ts'
import { isUsable, type ListenerView, viewListeners } from './listeners.ts'

/** The API objects that routing follows from. */
export interface Snapshot {
  /** Only those whose class is ours. */
  gateways: readonly Gateway[]
  routes: readonly HTTPRoute[]
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined
  compile(route: HTTPRoute): CompiledRoute
}

export interface ParentView {
  ref: ParentRef
  attachment: Attachment
}

export interface RouteView {
  route: HTTPRoute
  compiled: CompiledRoute
  /** One for each parentRef that names a Gateway of ours. */
  parents: readonly ParentView[]
}

/** What the API objects come to. */
export interface Evaluation {
  gateways: ReadonlyMap<string, GatewayView>
  routes: ReadonlyMap<string, RouteView>
  /** By Gateway and port of its listeners. */
  tables: ReadonlyMap<string, RouteTable>
  /** Accepted routes by Gateway and name of the listener. */
  attachedRoutes: ReadonlyMap<string, number>
}

/** `namespace/name:port`: one listening socket, with its table. */
export const socketKey = (gatewayKey: string, port: number): string => `${gatewayKey}:${port}`
export const listenerKey = (gatewayKey: string, name: string): string => `${gatewayKey}/${name}`

/** Joins Gateways and routes into the tables of the data plane and what their statuses say. */
export function evaluate(snapshot: Snapshot): Evaluation {
  const gateways = new Map<string, GatewayView>()
  for (const gateway of snapshot.gateways) {
    const key = `${gateway.metadata.namespace}/${gateway.metadata.name}`
    gateways.set(key, { key, gateway, listeners: viewListeners(gateway) })
  }
  const matches = new Map<ListenerView, Map<string, Set<RouteMatch>>>()
  const attached = new Map<string, Set<string>>()
  const routes = new Map<string, RouteView>()
  for (const route of snapshot.routes) {
    const key = `${route.metadata.namespace}/${route.metadata.name}`
    const parents: ParentView[] = []
    let compiled: CompiledRoute | undefined
    for (const ref of route.spec.parentRefs ?? []) {
      const view = gateways.get(parentGatewayKey(route, ref) ?? '')
      if (!view) continue
      compiled ??= snapshot.compile(route)
      const attachment = attach(route, ref, view, snapshot.namespaceLabels)
      parents.push({ ref, attachment })
      if (compiled.refused || attachment.refused) continue
      for (const { listener, hostnames } of attachment.listeners) {
        const name = listenerKey(view.key, listener.name)
        const present = attached.get(name) ?? new Set()
        attached.set(name, present.add(key))
        add(matches, listener, hostnames, compiled.matches)
      }
    }
    if (compiled) routes.set(key, { route, compiled, parents })
  }
  return {
    gateways,
    routes,
    tables: tablesOf(gateways.values(), matches),
    attachedRoutes: new Map([...attached].map(([name, keys]) => [name, keys.size])),
  }
}

function add(
  all: Map<ListenerView, Map<string, Set<RouteMatch>>>,
  listener: ListenerView,
  hostnames: readonly string[],
  matches: readonly RouteMatch[],
): void {
  const byHost = all.get(listener) ?? new Map<string, Set<RouteMatch>>()
  all.set(listener, byHost)
  for (const hostname of hostnames) {
    // Two parentRefs may lead to one listener: hence a set.
    const present = byHost.get(hostname) ?? new Set()
    byHost.set(hostname, present)
    for (const match of matches) present.add(match)
  }
}

function tablesOf(
  gateways: Iterable<GatewayView>,
  matches: ReadonlyMap<ListenerView, ReadonlyMap<string, ReadonlySet<RouteMatch>>>,
): Map<string, RouteTable> {
  const tables = new Map<string, RouteTable>()
  for (const { key, listeners } of gateways) {
    const byPort = new Map<number, ListenerMatches[]>()
    for (const listener of listeners) {
      if (!isUsable(listener)) continue
      const present = byPort.get(listener.port) ?? []
      byPort.set(listener.port, present)
      present.push({ hostname: listener.hostname, matches: matches.get(listener) ?? new Map() })
    }
    for (const [port, present] of byPort) tables.set(socketKey(key, port), new RouteTable(present))
  }
  return tables
}
