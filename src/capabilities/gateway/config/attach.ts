import { matchesLabelSelector } from '../../../kube/selectors.ts'
import type { Gateway } from '../kinds/generated/gateway.ts'
import type { HTTPRoute, HTTPRouteSpecParentRefsItem as ParentRef } from '../kinds/generated/http-route.ts'
import { intersection } from '../routing/host-index.ts'
import { type ListenerView, isUsable } from './listeners.ts'
import { GATEWAY_GROUP } from './names.ts'
import type { Problem } from './problem.ts'

/** A Gateway of ours with its judged listeners. */
export interface GatewayView {
  key: string
  gateway: Gateway
  listeners: readonly ListenerView[]
}

/** The listeners that one parentRef attaches a route to, each with the hostnames it serves there. */
export interface Attachment {
  refused: Problem | undefined
  listeners: readonly { listener: ListenerView; hostnames: readonly string[] }[]
}

/** `namespace/name` of the Gateway a parentRef names, or undefined when it names something else. */
export function parentGatewayKey(route: HTTPRoute, ref: ParentRef): string | undefined {
  if ((ref.group ?? GATEWAY_GROUP) !== GATEWAY_GROUP || (ref.kind ?? 'Gateway') !== 'Gateway')
    return undefined
  return `${ref.namespace ?? route.metadata.namespace}/${ref.name}`
}

const refusal = (reason: string, message: string): Attachment => ({
  refused: { reason, message },
  listeners: [],
})

/** Whether and where a route attaches to a Gateway (HTTPRoute's parentRefs, Gateway's allowedRoutes). */
export function attach(
  route: HTTPRoute,
  ref: ParentRef,
  view: GatewayView,
  namespaceLabels: (name: string) => Readonly<Record<string, string>> | undefined,
): Attachment {
  const named = view.listeners.filter(
    listener =>
      (ref.sectionName === undefined || ref.sectionName === listener.name) &&
      (ref.port === undefined || ref.port === listener.port),
  )
  if (named.length === 0) {
    const wanted = [
      ref.sectionName === undefined ? [] : [`named ${ref.sectionName}`],
      ref.port === undefined ? [] : [`on port ${ref.port}`],
    ].flat()
    return refusal('NoMatchingParent', `Gateway ${view.key} has no listener ${wanted.join(' ')}`.trim())
  }
  const supporting = named.filter(listener => listener.supportedKinds.length > 0)
  const allowing = supporting.filter(listener => allows(listener, view, route, namespaceLabels))
  if (allowing.length === 0)
    return refusal(
      'NotAllowedByListeners',
      supporting.length === 0
        ? `Gateway ${view.key}: no listener takes routes of kind HTTPRoute`
        : `Gateway ${view.key} allows no routes from namespace ${route.metadata.namespace}: ${supporting.map(reasonOf).join('; ')}`,
    )
  const matching = allowing
    .map(listener => ({ listener, hostnames: hostnamesAt(listener, route) }))
    .filter(({ hostnames }) => hostnames.length > 0)
  if (matching.length === 0)
    return refusal(
      'NoMatchingListenerHostname',
      `no hostname of the route (${route.spec.hostnames?.join(', ')}) is served by Gateway ${view.key} (${allowing.map(({ hostname }) => hostname).join(', ')})`,
    )
  return { refused: undefined, listeners: matching.filter(({ listener }) => isUsable(listener)) }
}

function hostnamesAt(listener: ListenerView, route: HTTPRoute): string[] {
  const own = route.spec.hostnames?.map(hostname => hostname.toLowerCase())
  if (!own?.length) return [listener.hostname]
  return [...new Set(own.flatMap(hostname => intersection(listener.hostname, hostname) ?? []))]
}

function allows(
  listener: ListenerView,
  view: GatewayView,
  route: HTTPRoute,
  namespaceLabels: (name: string) => Readonly<Record<string, string>> | undefined,
): boolean {
  const allowed = listener.spec.allowedRoutes?.namespaces
  const namespace = route.metadata.namespace ?? 'default'
  switch (allowed?.from ?? 'Same') {
    case 'All':
      return true
    case 'Same':
      return namespace === view.gateway.metadata.namespace
    default:
      // A selector that is not there selects nothing.
      return (
        allowed?.selector !== undefined &&
        matchesLabelSelector(allowed.selector, namespaceLabels(namespace) ?? {})
      )
  }
}

function reasonOf(listener: ListenerView): string {
  const from = listener.spec.allowedRoutes?.namespaces?.from ?? 'Same'
  return `listener ${listener.name} allows ${from === 'Same' ? 'its own namespace only' : 'namespaces by labels'}`
}
