import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Pod,
  Service,
} from '../../../kube/generated/core-v1.ts'
import { canonical } from '../canonical.ts'
import { isReady } from '../pod-state.ts'
import { isAddressable, isHeadless, portsOn } from './service-pods.ts'

/** As upstream: beyond it the object is cut and says so. */
export const MAX_ADDRESSES = 1000

/** The subsets of a Service's Endpoints object: pods grouped by their ports. Terminating pods are left out. */
export function subsetsOf(
  service: Service,
  pods: readonly Pod[],
): { subsets: EndpointSubset[]; isCut: boolean } {
  const groups = new Map<
    string,
    { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }
  >()
  const usable = pods.filter(pod => isAddressable(pod) && !pod.metadata.deletionTimestamp)
  const sorted = usable.sort((a, b) => ((a.status?.podIP ?? '') < (b.status?.podIP ?? '') ? -1 : 1))
  for (const pod of sorted.slice(0, MAX_ADDRESSES)) {
    const ports: EndpointPort[] = portsOn(service, pod).map(({ name, port, protocol, appProtocol }) => ({
      ...(name ? { name } : {}),
      port: port ?? 0,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }))
    // Only a headless Service may have none.
    const isWithout = isHeadless(service) && (service.spec.ports ?? []).length === 0
    if (ports.length === 0 && !isWithout) continue
    const key = canonical(ports)
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] }
    groups.set(key, group)
    const isUsable = service.spec.publishNotReadyAddresses || isReady(pod)
    group[isUsable ? 'ready' : 'notReady'].push(addressOf(service, pod))
  }
  const subsets = [...groups.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }))
  return { subsets, isCut: sorted.length > MAX_ADDRESSES }
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { name, namespace, uid } = pod.metadata
  const { hostname, subdomain, nodeName } = pod.spec
  return {
    ip: pod.status?.podIP ?? '',
    ...(nodeName ? { nodeName } : {}),
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: 'Pod', name, namespace, uid },
  }
}
