import type { Endpoint, EndpointPort } from '../../../kube/generated/discovery-v1.ts'
import type { Pod, Service, ServicePort } from '../../../kube/generated/core-v1.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { isReady } from '../pod-state.ts'

/** Services whose endpoints follow pods: with a selector, and not a mere DNS alias. */
export const hasEndpoints = ({ spec }: Service): boolean =>
  spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0

export const selects = (service: Service, pod: Pod): boolean =>
  hasEndpoints(service) && matchesLabelSelector({ matchLabels: service.spec.selector }, pod.metadata.labels)

export const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === 'None'

/** A pod can be behind a Service once it has an address and while it has not finished. */
export const isAddressable = ({ status }: Pod): boolean =>
  Boolean(status?.podIP) && status?.phase !== 'Failed' && status?.phase !== 'Succeeded'

export function endpointOf(service: Service, pod: Pod): Endpoint {
  const { name, namespace, uid, deletionTimestamp } = pod.metadata
  const serving = isReady(pod)
  const terminating = deletionTimestamp !== undefined
  const { hostname, subdomain, nodeName } = pod.spec
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: Boolean(service.spec.publishNotReadyAddresses) || (serving && !terminating),
      serving,
      terminating,
    },
    targetRef: { kind: 'Pod', name, namespace, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
  }
}

/** The ports of a Service on one pod. A named port that the pod does not have is left out, as upstream. */
export function portsOn(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const servicePort of service.spec.ports ?? []) {
    const port = portNumber(servicePort, pod)
    if (port === undefined) continue
    const { name = '', protocol = 'TCP', appProtocol } = servicePort
    ports.push({ name, port, protocol, ...(appProtocol ? { appProtocol } : {}) })
  }
  return ports
}

function portNumber({ targetPort, port, protocol = 'TCP' }: ServicePort, pod: Pod): number | undefined {
  if (targetPort === undefined || targetPort === 0 || targetPort === '') return port
  if (typeof targetPort === 'number') return targetPort
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...pod.spec.containers, ...sidecars]
    .flatMap(container => container.ports ?? [])
    .find(candidate => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol)
    ?.containerPort
}
