import type { Gateway, GatewayStatus } from '../kinds/generated/gateway.ts'
import type { GatewayView } from './attach.ts'
import { type Condition, condition, stamped } from './condition.ts'
import { isUsable, type ListenerView } from './listeners.ts'
import type { Problem } from './problem.ts'

/** What became of the listening sockets of a Gateway. */
export interface Listening {
  /** Why the Gateway as a whole cannot be used. */
  refused: Problem | undefined
  addresses: readonly string[]
  /** By port, why it is not open; undefined when it is. */
  ports: ReadonlyMap<number, Problem | undefined>
}

/** The status of a Gateway, conditions as the Gateway API names them. */
export function gatewayStatus(
  view: GatewayView,
  listening: Listening,
  context: { attachedRoutes(listener: string): number; nowMs: number },
): GatewayStatus {
  const { gateway, listeners } = view
  const stamp = { generation: gateway.metadata.generation, nowMs: context.nowMs }
  return {
    addresses: listening.addresses.map(value => ({ type: 'IPAddress', value })),
    conditions: stamped(gatewayConditions(view, listening), gateway.status?.conditions, stamp),
    listeners: listeners.map(listener => ({
      name: listener.name,
      attachedRoutes: context.attachedRoutes(listener.name),
      supportedKinds: listener.supportedKinds,
      conditions: stamped(
        listenerConditions(listener, listening),
        gateway.status?.listeners?.find(({ name }) => name === listener.name)?.conditions,
        stamp,
      ),
    })),
  }
}

function gatewayConditions({ gateway, listeners }: GatewayView, listening: Listening): Condition[] {
  const { refused, ports } = listening
  if (refused)
    return refused.reason === 'AddressNotUsable'
      ? [
          condition('Accepted', true, 'Accepted'),
          condition('Programmed', false, refused.reason, refused.message),
        ]
      : [
          condition('Accepted', false, refused.reason, refused.message),
          condition('Programmed', false, 'Invalid', refused.message),
        ]
  const broken = listeners.filter(listener => !isUsable(listener))
  const accepted =
    broken.length === 0
      ? condition('Accepted', true, 'Accepted', ignoredMessage(gateway))
      : condition(
          'Accepted',
          broken.length < listeners.length,
          'ListenersNotValid',
          broken.map(({ refused, conflict }) => (refused ?? conflict)?.message).join('; '),
        )
  if (broken.length === listeners.length)
    return [accepted, condition('Programmed', false, 'Invalid', 'no listener is valid')]
  const closed = [...ports.values()].filter(problem => problem !== undefined)
  const [first] = closed
  const programmed = first
    ? condition('Programmed', false, first.reason, closed.map(({ message }) => message).join('; '))
    : condition('Programmed', true, 'Programmed')
  return [accepted, programmed]
}

/** Fields of a Gateway that are kept and have no effect. */
export function ignoredFields({ spec }: Gateway): string[] {
  const { infrastructure = {} } = spec
  return [
    ...(spec.tls ? ['spec.tls'] : []),
    ...(spec.allowedListeners ? ['spec.allowedListeners'] : []),
    ...(['labels', 'annotations'] as const).flatMap(name =>
      Object.keys(infrastructure[name] ?? {}).length > 0 ? [`spec.infrastructure.${name}`] : [],
    ),
    // Of other listeners the whole is refused.
    ...spec.listeners.flatMap((listener, index) =>
      listener.tls && listener.protocol === 'HTTP' ? [`spec.listeners[${index}].tls`] : [],
    ),
  ]
}

function ignoredMessage(gateway: Gateway): string {
  const fields = ignoredFields(gateway)
  return fields.length === 0 ? '' : `Without effect: ${fields.join(', ')}`
}

function listenerConditions(listener: ListenerView, { refused: whole, ports }: Listening): Condition[] {
  const { refused, conflict, unresolved } = listener
  const resolved = unresolved
    ? condition('ResolvedRefs', false, unresolved.reason, unresolved.message)
    : condition('ResolvedRefs', true, 'ResolvedRefs')
  const conflicted = conflict
    ? condition('Conflicted', true, conflict.reason, conflict.message)
    : condition('Conflicted', false, 'NoConflicts')
  const closed = ports.get(listener.port)
  const refusal = refused ?? conflict ?? closed
  const obstacle = refusal ?? whole ?? (listener.supportedKinds.length === 0 ? unresolved : undefined)
  return [
    refusal
      ? condition('Accepted', false, refusal.reason, refusal.message)
      : condition('Accepted', true, 'Accepted'),
    obstacle
      ? condition(
          'Programmed',
          false,
          closed && obstacle === closed ? closed.reason : 'Invalid',
          obstacle.message,
        )
      : condition('Programmed', true, 'Programmed'),
    resolved,
    conflicted,
  ]
}

/** What a Gateway is told when nobody serves its class; undefined when its class is another controller's. */
export function unservedConditions(gateway: Gateway, nowMs: number): GatewayStatus {
  const message = `GatewayClass ${gateway.spec.gatewayClassName} does not exist`
  const conditions: Condition[] = ['Accepted', 'Programmed'].map(type => ({
    type,
    status: 'Unknown',
    reason: 'Pending',
    message,
  }))
  const stamp = { generation: gateway.metadata.generation, nowMs }
  return { conditions: stamped(conditions, gateway.status?.conditions, stamp) }
}
