import { randomInt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Pod, Service } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { apiError, notFound } from '../../../kube/status.ts'
import type { Core } from '../../pipeline/core.ts'
import type { Resource } from '../../resources/resource.ts'
import type { PortConnector } from '../connector.ts'
import type { BackendName } from './backend-name.ts'
import { serviceBackends } from './service-backend.ts'

/** Something to speak HTTP with. */
export interface Backend {
  /** For messages, and to tell its own redirects from others. */
  host: string
  connect(signal: AbortSignal): Promise<Duplex>
}

interface Place {
  core: Core
  connector: PortConnector
  resource: Resource
  namespace: string
}

/** Finds the pod that a proxy leads to, for a pod or a service. Throws ApiError. */
export function locateBackend(place: Place, { name, port }: BackendName): Backend {
  const { core, resource, namespace } = place
  const object = core.store.get(resource.storageName, namespace, name)?.object
  if (!object) throw notFound(resource, name)
  if (resource.plural === 'pods') return podBackend(place, object, portOf(asPod(object), port))
  const stored = core.store.cache('discovery.k8s.io/endpointslices')
  const slices = [...stored.select({ namespace, matches: undefined })]
    .map(one => one.object as unknown as EndpointSlice)
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
  // The resource says what it is.
  const backends = serviceBackends(object as unknown as Service, slices, port)
  const chosen = backends[randomInt(backends.length)]
  const pod = chosen && core.store.get('/pods', namespace, chosen.pod)?.object
  if (!pod) throw apiError('ServiceUnavailable', `no endpoints available for service "${name}"`)
  return podBackend(place, pod, chosen.port)
}

const asPod = (object: KubeObject) => object as unknown as Pod

/** A port that is given, or the first one that the pod declares; 80 where it declares none. Throws ApiError BadRequest. */
function portOf({ spec }: Pod, port: string): number {
  if (port === '') return spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort ?? 80
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number < 1 || number > 65535) throw apiError('BadRequest', `invalid port "${port}"`)
  return number
}

/** Reached as the node knows it: an address in its status may be anybody's words. */
function podBackend({ connector }: Place, pod: KubeObject, port: number): Backend {
  return {
    host: `${asPod(pod).status?.podIP ?? pod.metadata.name}:${port}`,
    connect: signal => connector.connect(pod, port, signal),
  }
}
