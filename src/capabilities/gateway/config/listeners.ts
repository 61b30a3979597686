import type { Gateway, GatewaySpecListenersItem as Listener } from '../kinds/generated/gateway.ts'
import { GATEWAY_GROUP } from './names.ts'
import type { Problem } from './problem.ts'

/** One listener of a Gateway, judged. */
export interface ListenerView {
  name: string
  port: number
  /** '' for any. */
  hostname: string
  spec: Listener
  /** Why no traffic can come in here. */
  refused: Problem | undefined
  /** Why it clashes with another listener of the Gateway. */
  conflict: Problem | undefined
  /** Why some of the kinds it allows cannot be used. */
  unresolved: Problem | undefined
  supportedKinds: { group: string; kind: string }[]
}

const HTTP_ROUTE = { group: GATEWAY_GROUP, kind: 'HTTPRoute' }

export const isUsable = (listener: ListenerView): boolean => !listener.refused && !listener.conflict

/** Judges the listeners of a Gateway against the specification and what this data plane does. */
export function viewListeners(gateway: Gateway): ListenerView[] {
  const views = gateway.spec.listeners.map(view)
  for (const [index, listener] of views.entries()) {
    if (listener.refused) continue
    const clash = views.find(
      (other, otherIndex) =>
        otherIndex !== index &&
        !other.refused &&
        other.port === listener.port &&
        other.hostname === listener.hostname,
    )
    if (clash)
      listener.conflict = {
        reason: 'HostnameConflict',
        message: `listeners ${listener.name} and ${clash.name} have the same port ${listener.port} and hostname ${JSON.stringify(listener.hostname || '*')}`,
      }
  }
  return views
}

function view(spec: Listener): ListenerView {
  const wanted = spec.allowedRoutes?.kinds ?? []
  const unknown = wanted.filter(
    ({ group, kind }) => (group ?? GATEWAY_GROUP) !== GATEWAY_GROUP || kind !== 'HTTPRoute',
  )
  const isHttp = spec.protocol === 'HTTP'
  return {
    name: spec.name,
    port: spec.port,
    hostname: (spec.hostname ?? '').toLowerCase(),
    spec,
    refused: isHttp
      ? undefined
      : {
          reason: 'UnsupportedProtocol',
          message: `listener ${spec.name}: the protocol ${spec.protocol} is not supported, only HTTP is`,
        },
    conflict: undefined,
    unresolved: unknown[0] && {
      reason: 'InvalidRouteKinds',
      message: `listener ${spec.name}: routes of kind ${unknown[0].kind} are not supported, only HTTPRoute is`,
    },
    supportedKinds: isHttp && (wanted.length === 0 || unknown.length < wanted.length) ? [HTTP_ROUTE] : [],
  }
}
