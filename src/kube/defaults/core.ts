import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts'
import type { APIService } from '../generated/apiregistration-v1.ts'
import type {
  Endpoints,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  Secret,
  Service,
} from '../generated/core-v1.ts'
import type { EndpointSlice } from '../generated/discovery-v1.ts'
import type { IngressClass, NetworkPolicy } from '../generated/networking-v1.ts'
import type { ClusterRoleBinding, RoleBinding } from '../generated/rbac-v1.ts'
import type { PriorityClass } from '../generated/scheduling-v1.ts'
import type { CSIDriver, StorageClass } from '../generated/storage-v1.ts'

export function serviceDefaults({ spec }: Service): void {
  if (!spec) return
  spec.type ||= 'ClusterIP'
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {}
    spec.sessionAffinityConfig.clientIP ??= {}
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= 10_800
  } else delete spec.sessionAffinityConfig
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (!port.targetPort) port.targetPort = port.port
  }
  if (isReachedFromOutside(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ||= 'Cluster'
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
}

/** By a node port, a load balancer, or an address of somebody else. */
const isReachedFromOutside = ({ type, externalIPs }: Service['spec']): boolean =>
  type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && Boolean(externalIPs?.length))

export function namespaceDefaults(namespace: Namespace): void {
  const { metadata } = namespace
  if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
  namespace.status ??= {}
  namespace.status.phase ||= 'Active'
}

/** `stringData` is write-only: it becomes `data` as soon as it is read. */
export function secretDefaults(secret: Secret): void {
  const { stringData } = secret
  if (stringData) {
    const encoded = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ])
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) }
  }
  delete secret.stringData
  secret.type ||= 'Opaque'
}

export function nodeDefaults({ spec, status }: Node): void {
  // The older, single field says what is meant where both are there.
  if (spec?.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR]
  else if (spec?.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
  if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity }
}

export function endpointsDefaults({ subsets }: Endpoints): void {
  for (const subset of subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
}

export function endpointSliceDefaults({ ports }: EndpointSlice): void {
  for (const port of ports ?? []) {
    port.name ??= ''
    port.protocol ??= 'TCP'
  }
}

export function volumeDefaults(volume: PersistentVolume): void {
  volume.status ??= {}
  volume.status.phase ||= 'Pending'
  if (!volume.spec) return
  volume.spec.persistentVolumeReclaimPolicy ||= 'Retain'
  volume.spec.volumeMode ??= 'Filesystem'
  if (volume.spec.hostPath) volume.spec.hostPath.type ??= ''
}

export function limitRangeDefaults({ spec }: LimitRange): void {
  for (const item of spec?.limits ?? []) {
    if (item.type !== 'Container') continue
    if (item.max || item.default) item.default = { ...item.max, ...item.default }
    const requested = { ...item.min, ...item.default, ...item.defaultRequest }
    if (Object.keys(requested).length > 0) item.defaultRequest = requested
  }
}

export function networkPolicyDefaults({ spec }: NetworkPolicy): void {
  if (!spec) return
  spec.policyTypes ??= spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
}

const RBAC = 'rbac.authorization.k8s.io'
export function roleBindingDefaults(binding: RoleBinding | ClusterRoleBinding): void {
  const { subjects } = binding
  // A struct in Go, so that it is never absent.
  binding.roleRef ??= { apiGroup: RBAC, kind: '', name: '' }
  binding.roleRef.apiGroup ||= RBAC
  for (const subject of subjects ?? [])
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC
}

export function definitionDefaults({ spec }: CustomResourceDefinition): void {
  if (!spec?.names) return
  spec.names.singular ||= spec.names.kind?.toLowerCase()
  spec.names.listKind ||= spec.names.kind ? `${spec.names.kind}List` : undefined
  spec.conversion ??= { strategy: 'None' }
  const service = spec.conversion.webhook?.clientConfig?.service
  if (service) service.port ??= 443
}

export function priorityClassDefaults(priority: PriorityClass): void {
  priority.preemptionPolicy ??= 'PreemptLowerPriority'
}

export function storageClassDefaults(storage: StorageClass): void {
  storage.reclaimPolicy ??= 'Delete'
  storage.volumeBindingMode ??= 'Immediate'
}

export function csiDriverDefaults({ spec }: CSIDriver): void {
  if (!spec) return
  spec.attachRequired ??= true
  spec.podInfoOnMount ??= false
  spec.storageCapacity ??= false
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
  spec.requiresRepublish ??= false
  spec.seLinuxMount ??= false
}

export function ingressClassDefaults({ spec }: IngressClass): void {
  if (spec?.parameters) spec.parameters.scope ??= 'Cluster'
}

export function apiServiceDefaults({ spec }: { spec?: Partial<APIService['spec']> }): void {
  if (spec?.service) spec.service.port ??= 443
}
