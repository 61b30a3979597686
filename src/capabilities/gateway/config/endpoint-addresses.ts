import type { ServicePort } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'

/** One ready endpoint of a Service's port. */
export interface EndpointAddress {
  address: string
  port: number
  /** `namespace/name` of the pod behind it. */
  pod: string | undefined
}

/** The ready endpoints of one port of a Service, each address once, in the order of the slices' names. */
export function readyAddresses(
  slices: readonly EndpointSlice[],
  servicePort: Pick<ServicePort, 'name' | 'protocol'>,
): EndpointAddress[] {
  const found = new Map<string, EndpointAddress>()
  const byName = slices.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  for (const slice of byName) {
    const port = slice.ports?.find(candidate => (candidate.name ?? '') === (servicePort.name ?? ''))?.port
    if (port === undefined) continue
    for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
      const address = addresses[0]
      // An unknown readiness counts as ready (discovery/v1 EndpointConditions).
      if (address === undefined || conditions?.ready === false || conditions?.terminating) continue
      const pod =
        targetRef?.kind === 'Pod'
          ? `${targetRef.namespace ?? slice.metadata.namespace}/${targetRef.name}`
          : undefined
      const key = `${address}:${port}`
      if (!found.has(key)) found.set(key, { address, port, pod })
    }
  }
  return [...found.values()]
}
