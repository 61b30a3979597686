import type {
  HTTPRoute,
  HTTPRouteSpecParentRefsItem as ParentRef,
  HTTPRouteStatusParentsItem as ParentStatus,
} from '../kinds/generated/http-route.ts'
import { parentGatewayKey } from './attach.ts'
import { type Condition, condition, stamped } from './condition.ts'
import type { RouteView } from './evaluate.ts'
import { CONTROLLER_NAME } from './names.ts'
import type { Problem } from './problem.ts'

export interface RouteStatusContext {
  /** Undefined when no parent is a Gateway of ours. */
  view: RouteView | undefined
  /** Whether a Gateway exists, whoever serves it. */
  gatewayExists(key: string): boolean
  nowMs: number
}

/** The parents of a route's status: ours judged, those of other controllers as they were. */
export function routeParents(route: HTTPRoute, context: RouteStatusContext): ParentStatus[] {
  const present = route.status?.parents ?? []
  const others = present.filter(parent => parent.controllerName !== CONTROLLER_NAME)
  const ours = (route.spec.parentRefs ?? []).flatMap((ref): ParentStatus[] => {
    const conditions = parentConditions(route, ref, context)
    if (!conditions) return []
    const before = present.find(
      parent => parent.controllerName === CONTROLLER_NAME && isSameRef(parent.parentRef, ref),
    )
    const stamp = { generation: route.metadata.generation, nowMs: context.nowMs }
    return [
      {
        parentRef: ref,
        controllerName: CONTROLLER_NAME,
        conditions: stamped(conditions, before?.conditions, stamp),
      },
    ]
  })
  return [...others, ...ours]
}

/** Undefined when the parent is another controller's business. */
function parentConditions(
  route: HTTPRoute,
  ref: ParentRef,
  { view, gatewayExists }: RouteStatusContext,
): Condition[] | undefined {
  const key = parentGatewayKey(route, ref)
  if (key === undefined)
    return refused({
      reason: 'UnsupportedValue',
      message: `parentRefs: a parent of kind ${ref.kind} is not supported, only Gateways are`,
    })
  const parent = view?.parents.find(candidate => isSameRef(candidate.ref, ref))
  if (!view || !parent)
    return gatewayExists(key)
      ? undefined
      : refused({ reason: 'NoMatchingParent', message: `Gateway ${key} does not exist` })
  const { compiled } = view
  const obstacle = parent.attachment.refused ?? compiled.refused
  return [
    obstacle
      ? condition('Accepted', false, obstacle.reason, obstacle.message)
      : condition('Accepted', true, 'Accepted'),
    compiled.unresolved
      ? condition('ResolvedRefs', false, compiled.unresolved.reason, compiled.unresolved.message)
      : condition('ResolvedRefs', true, 'ResolvedRefs'),
  ]
}

const refused = ({ reason, message }: Problem): Condition[] => [condition('Accepted', false, reason, message)]

const isSameRef = (a: ParentRef, b: ParentRef): boolean =>
  a.name === b.name &&
  a.namespace === b.namespace &&
  a.sectionName === b.sectionName &&
  a.port === b.port &&
  (a.kind ?? 'Gateway') === (b.kind ?? 'Gateway') &&
  a.group === b.group
