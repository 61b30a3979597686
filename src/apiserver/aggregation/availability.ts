import type { ConditionDraft } from '../../kube/conditions.ts'
import type { APIServiceCondition } from '../../kube/generated/apiregistration-v1.ts'
import type { Service } from '../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import type { Extension } from './api-services.ts'

type Available = ConditionDraft<APIServiceCondition>

export const unavailable = (reason: string, message: string): Available => ({
  type: 'Available',
  status: 'False',
  reason,
  message,
})

export const PASSED: Available = {
  type: 'Available',
  status: 'True',
  reason: 'Passed',
  message: 'all checks passed',
}

/** What keeps an extension server from being reached; undefined where it is to be asked. Reasons and messages as upstream's. */
export function obstacleTo(
  { spec }: Extension,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Available | undefined {
  const { name, namespace, port } = spec.service
  const at = `service/${name} in ${JSON.stringify(namespace)}`
  if (!service) return unavailable('ServiceNotFound', `${at} is not present`)
  if (service.spec?.type !== 'ClusterIP') return undefined
  const servicePort = service.spec.ports?.find(candidate => candidate.port === port)
  if (!servicePort) return unavailable('ServicePortError', `${at} is not listening on port ${port}`)
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${at}`)
  const portName = servicePort.name ?? ''
  if (slices.some(slice => leadsSomewhere(slice, portName))) return undefined
  return unavailable(
    'MissingEndpoints',
    `endpointslices for ${at} have no addresses with port name ${JSON.stringify(portName)}`,
  )
}

const leadsSomewhere = ({ endpoints = [], ports = [] }: EndpointSlice, portName: string): boolean =>
  endpoints.some(({ conditions }) => conditions?.ready !== false) &&
  ports.some(({ name, port }) => (name ?? '') === portName && port !== undefined)
