import { isIPv4, isIPv6 } from 'node:net'
import type { EndpointAddress, Endpoints, EndpointSubset } from '../../../kube/generated/core-v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { canonical, isSame } from '../canonical.ts'
import { MANAGED_BY, SERVICE_NAME } from './plan-slices.ts'

export const MIRRORING = 'endpointslicemirroring-controller.k8s.io'
const SKIP = 'endpointslice.kubernetes.io/skip-mirror'
/** Locks of leader elections of old were Endpoints. */
const LEADER = 'control-plane.alpha.kubernetes.io/leader'
const NOT_COPIED = new Set([
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
])
/** As --mirroring-max-endpoints-per-subset. */
export const MAX_MIRRORED = 1000

export const mayMirror = ({ metadata }: Endpoints): boolean =>
  metadata.labels?.[SKIP] !== 'true' && metadata.annotations?.[LEADER] === undefined

export interface MirroredSlice {
  addressType: 'IPv4' | 'IPv6'
  labels: Record<string, string>
  annotations: Record<string, string>
  ports: EndpointPort[]
  endpoints: Endpoint[]
}

export interface MirrorPlan {
  create: MirroredSlice[]
  update: { slice: EndpointSlice; content: MirroredSlice }[]
  remove: EndpointSlice[]
  invalid: number
  skipped: number
}

/** The slices that show hand-written Endpoints to clients of EndpointSlices: one for each set of ports and family. */
export function planMirror(endpoints: Endpoints, existing: readonly EndpointSlice[]): MirrorPlan {
  const { wanted, invalid, skipped } = wantedSlices(endpoints)
  const plan: MirrorPlan = { create: [], update: [], remove: [], invalid, skipped }
  const left = new Map(wanted)
  for (const slice of existing) {
    const key = keyOf(slice.addressType, slice.ports ?? [])
    const content = left.get(key)
    left.delete(key)
    if (!content) plan.remove.push(slice)
    else if (!shows(slice, content)) plan.update.push({ slice, content })
  }
  plan.create.push(...left.values())
  return plan
}

const shows = (slice: EndpointSlice, { endpoints, labels, annotations }: MirroredSlice): boolean =>
  isSame(slice.endpoints, endpoints) &&
  isSame(slice.metadata.labels, labels) &&
  isSame(slice.metadata.annotations ?? {}, annotations)

const keyOf = (addressType: string, ports: readonly EndpointPort[]): string =>
  `${addressType} ${canonical(ports)}`

function wantedSlices({ metadata, subsets = [] }: Endpoints) {
  const wanted = new Map<string, MirroredSlice>()
  const labels = { ...metadata.labels, [SERVICE_NAME]: metadata.name, [MANAGED_BY]: MIRRORING }
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => !NOT_COPIED.has(name)),
  )
  let [invalid, skipped] = [0, 0]
  for (const subset of subsets) {
    const ports = portsOf(subset)
    let added = 0
    for (const { address, ready } of addressesOf(subset)) {
      const addressType = isIPv4(address.ip) ? 'IPv4' : isIPv6(address.ip) ? 'IPv6' : undefined
      if (!addressType) invalid++
      else if (added >= MAX_MIRRORED) skipped++
      else {
        added++
        const key = keyOf(addressType, ports)
        const slice: MirroredSlice = wanted.get(key) ?? {
          addressType,
          labels,
          annotations,
          ports,
          endpoints: [],
        }
        wanted.set(key, slice)
        slice.endpoints.push(endpointOf(address, ready))
      }
    }
  }
  return { wanted, invalid, skipped }
}

const addressesOf = ({ addresses = [], notReadyAddresses = [] }: EndpointSubset) => [
  ...addresses.map(address => ({ address, ready: true })),
  ...notReadyAddresses.map(address => ({ address, ready: false })),
]

const portsOf = ({ ports = [] }: EndpointSubset): EndpointPort[] =>
  ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }))

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  }
}
