import type { Service } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'

export interface Backend {
  address: string
  port: number
}

/** One address and port to listen on, and where its connections go. */
export interface Forward {
  host: string
  port: number
  backends: Backend[]
  /** Keep a client on one backend for so long; absent: each connection goes to the next one. */
  affinityMs?: number | undefined
}

/** The API's default for sessionAffinityConfig.clientIP.timeoutSeconds. */
const AFFINITY_SECONDS = 10_800

/** The label by which an EndpointSlice belongs to a Service. */
export const SERVICE_NAME = 'kubernetes.io/service-name'

/** What to listen on for a Service: its cluster IP, and its node ports on the host's address. */
export function forwards(service: Service, slices: readonly EndpointSlice[], hostIP: string): Forward[] {
  const { spec, metadata } = service
  if (
    spec.type === 'ExternalName' ||
    !spec.clusterIP ||
    spec.clusterIP === 'None' ||
    metadata.deletionTimestamp
  )
    return []
  const affinity =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS) * 1000
      : undefined
  const { clusterIP } = spec
  return (spec.ports ?? [])
    .filter(port => (port.protocol ?? 'TCP') === 'TCP')
    .flatMap(port => {
      const common = { backends: backendsOf(port.name ?? '', slices), affinityMs: affinity }
      const ofNode = port.nodePort ? [{ host: hostIP, port: port.nodePort, ...common }] : []
      return [{ host: clusterIP, port: port.port, ...common }, ...ofNode]
    })
}

/** Ports that are not served, because the proxy speaks TCP only. */
export const otherProtocols = ({ spec }: Service): string[] =>
  (spec.ports ?? [])
    .filter(port => (port.protocol ?? 'TCP') !== 'TCP')
    .map(port => `${port.port}/${port.protocol}`)

function backendsOf(portName: string, slices: readonly EndpointSlice[]): Backend[] {
  const backends = new Map<string, Backend>()
  for (const slice of slices) {
    const port = slice.ports?.find(candidate => (candidate.name ?? '') === portName)?.port
    if (port === undefined) continue
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const [address] = addresses
      // Absent means ready, as the API says.
      if (address && conditions?.ready !== false) backends.set(`${address}:${port}`, { address, port })
    }
  }
  return [...backends.values()]
}
