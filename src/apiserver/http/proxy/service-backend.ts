import type { Service } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { apiError } from '../../../kube/status.ts'

/** A pod of a service, and the port of it that is meant. */
export interface ServiceBackend {
  pod: string
  port: number
}

/**
 * The pods that serve a port of a service, which is named by name or number. Only those that are ready count, and only
 * pods: what else an EndpointSlice names is not for a proxy to reach. Throws ApiError ServiceUnavailable where there is none.
 */
export function serviceBackends(
  service: Service,
  slices: readonly EndpointSlice[],
  port: string,
): ServiceBackend[] {
  const { name, namespace } = service.metadata
  const portName = portNameOf(service, port)
  const backends = slices.flatMap(slice => {
    const found = slice.ports?.find(candidate => (candidate.name ?? '') === portName)?.port
    if (found === undefined) return []
    return (slice.endpoints ?? []).flatMap(({ targetRef, conditions }) =>
      targetRef?.kind === 'Pod' &&
      targetRef.namespace === namespace &&
      targetRef.name &&
      conditions?.ready !== false
        ? [{ pod: targetRef.name, port: found }]
        : [],
    )
  })
  if (backends.length === 0)
    throw apiError(
      'ServiceUnavailable',
      `no endpoints available for service "${name}${port ? `:${port}` : ''}"`,
    )
  return backends
}

function portNameOf({ metadata, spec }: Service, port: string): string {
  if (!/^\d+$/.test(port)) return port
  const found = spec?.ports?.find(candidate => candidate.port === Number(port))
  if (!found)
    throw apiError('ServiceUnavailable', `no service port ${port} found for service "${metadata.name}"`)
  return found.name ?? ''
}
