import type { Endpoint, EndpointPort, EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import type { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { canonical, isSame } from '../canonical.ts'
import { endpointOf, isAddressable, isHeadless, portsOn } from './service-pods.ts'

/** As upstream's --max-endpoints-per-slice. */
export const MAX_ENDPOINTS = 100
export const SERVICE_NAME = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const CONTROLLER = 'endpointslice-controller.k8s.io'
const HEADLESS = 'service.kubernetes.io/headless'

export interface SliceContent {
  labels: Record<string, string>
  endpoints: readonly Endpoint[]
  ports: readonly EndpointPort[]
}

export interface SlicePlan {
  create: readonly SliceContent[]
  update: readonly { slice: EndpointSlice; content: SliceContent }[]
  remove: readonly EndpointSlice[]
}

/**
 * What turns the existing slices of a Service into those its pods ask for. Endpoints stay in the slice they are in,
 * so that one pod's change is one small write; new ones fill slices that change anyway, then free places.
 */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
): SlicePlan {
  const labels = sliceLabels(service)
  const create: SliceContent[] = []
  const update: { slice: EndpointSlice; content: SliceContent }[] = []
  const remove: EndpointSlice[] = []
  const wanted = groupByPorts(service, pods)
  // A Service without pods keeps one empty slice: clients see that somebody looks after it.
  if (wanted.size === 0) wanted.set(canonical([]), { ports: [], endpoints: new Map() })
  for (const slice of existing)
    if (slice.addressType !== 'IPv4' || !wanted.has(canonical(slice.ports ?? []))) remove.push(slice)
  for (const [key, { ports, endpoints }] of wanted) {
    const slices = existing.filter(slice => !remove.includes(slice) && canonical(slice.ports ?? []) === key)
    const packed = pack(slices, endpoints)
    let spare = [...packed.slices.values()].filter(kept => kept.length === 0).length
    for (const [slice, kept] of packed.slices) {
      // Of empty slices one is kept, where there is no other.
      const isEmpty = kept.length === 0 && (packed.slices.size > spare || spare-- > 1)
      const content = { labels, endpoints: kept, ports }
      if (isEmpty) remove.push(slice)
      else if (!isSame(slice.endpoints ?? [], kept) || !hasLabels(slice, labels))
        update.push({ slice, content })
    }
    if (slices.length === 0 && packed.fresh.length === 0) create.push({ labels, endpoints: [], ports })
    for (const fresh of packed.fresh) create.push({ labels, endpoints: fresh, ports })
  }
  return { create, update, remove }
}

function sliceLabels(service: Service): Record<string, string> {
  return {
    ...service.metadata.labels,
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: CONTROLLER,
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
  }
}

const hasLabels = (slice: EndpointSlice, labels: Record<string, string>): boolean =>
  isSame(slice.metadata.labels, labels)

interface Group {
  ports: readonly EndpointPort[]
  endpoints: Map<string, Endpoint>
}

/** Pods whose named ports resolve differently cannot share a slice. */
function groupByPorts(service: Service, pods: readonly Pod[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const pod of pods) {
    if (!isAddressable(pod)) continue
    const ports = portsOn(service, pod)
    const key = canonical(ports)
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() }
    groups.set(key, group)
    group.endpoints.set(pod.metadata.uid, endpointOf(service, pod))
  }
  return groups
}

interface Packing {
  slices: Map<EndpointSlice, readonly Endpoint[]>
  fresh: readonly (readonly Endpoint[])[]
}

function pack(existing: readonly EndpointSlice[], endpoints: ReadonlyMap<string, Endpoint>): Packing {
  const left = new Map(endpoints)
  const slices = new Map<EndpointSlice, Endpoint[]>()
  for (const slice of existing) {
    const kept: Endpoint[] = []
    for (const { targetRef } of slice.endpoints ?? []) {
      const current = left.get(targetRef?.uid ?? '')
      if (!current) continue
      kept.push(current)
      left.delete(targetRef?.uid ?? '')
    }
    slices.set(slice, kept)
  }
  const waiting = [...left.values()]
  const changedFirst = [...slices].sort(
    ([a, keptA], [b, keptB]) => Number(isSame(a.endpoints, keptA)) - Number(isSame(b.endpoints, keptB)),
  )
  for (const [, kept] of changedFirst)
    kept.push(...waiting.splice(0, Math.max(0, MAX_ENDPOINTS - kept.length)))
  const fresh: Endpoint[][] = []
  while (waiting.length > 0) fresh.push(waiting.splice(0, MAX_ENDPOINTS))
  return { slices, fresh }
}
