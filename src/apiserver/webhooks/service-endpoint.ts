import type { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import type { Service } from '../../kube/generated/core-v1.ts'
import { apiError, notFound } from '../../kube/status.ts'
import type { Store } from '../store/store.ts'

/** Where a connection goes. */
export interface Endpoint {
  host: string
  port: number
}

export const SLICES = 'discovery.k8s.io/endpointslices'
export const SERVICE_NAME = 'kubernetes.io/service-name'

/**
 * A ready endpoint of a Service's port, as kube-apiserver's endpoint resolver chooses one: `pick` yields a number in
 * [0, 1). Throws ApiError when the Service, its port or a ready endpoint is not there.
 */
export function serviceEndpoint(
  store: Store,
  { namespace, name, port }: { namespace: string; name: string; port: number },
  pick: () => number = Math.random,
): Endpoint {
  const stored = store.get('/services', namespace, name)
  // Upstream's listers name the kind in the singular.
  if (!stored) throw notFound({ group: '', plural: 'service' }, name)
  // Only Services are kept there.
  const { spec } = stored.object as unknown as Service
  if (spec?.type === 'ExternalName' && spec.externalName) return { host: spec.externalName, port }
  const servicePort = spec?.ports?.find(candidate => candidate.port === port)
  if (!servicePort)
    throw apiError('ServiceUnavailable', `no service port ${port} found for service "${name}"`)
  const endpoints = slicesOf(store, namespace, name).flatMap(({ endpoints = [], ports = [] }) => {
    const target = ports.find(candidate => (candidate.name ?? '') === (servicePort.name ?? ''))?.port
    if (target === undefined) return []
    return endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses.map(host => ({ host, port: target })))
  })
  const chosen = endpoints[Math.floor(pick() * endpoints.length)]
  if (!chosen) throw apiError('ServiceUnavailable', `no endpoints available for service "${name}"`)
  return chosen
}

export function slicesOf(store: Store, namespace: string, name: string): EndpointSlice[] {
  const all = store.cache(SLICES).select({ namespace, matches: undefined })
  return [...all]
    .map(({ object }) => object as unknown as EndpointSlice)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name)
}
