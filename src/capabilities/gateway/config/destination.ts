import type { Pod } from '../../../kube/generated/core-v1.ts'
import { type Destination, unknownDestination } from '../traffic-metrics.ts'

const HASH_LABELS = ['rollouts-pod-template-hash', 'pod-template-hash'] as const

/** A Service in Istio's labels; the workload is not known before an endpoint is. */
export const serviceDestination = (namespace: string, name: string): Destination => ({
  ...unknownDestination,
  service: `${name}.${namespace}.svc.cluster.local`,
  serviceName: name,
  serviceNamespace: namespace,
})

/** A Service's pod in Istio's labels: its workload is the Deployment or Rollout that stands behind it. */
export function podDestination(service: Destination, pod: Pod): Destination {
  const labels = pod.metadata.labels ?? {}
  const hash = HASH_LABELS.map(label => labels[label]).find(Boolean)
  return {
    ...service,
    workload: workloadOf(pod, hash),
    workloadNamespace: pod.metadata.namespace ?? 'default',
    app: labels['app'] ?? labels['app.kubernetes.io/name'] ?? 'unknown',
    version: labels['version'] ?? labels['app.kubernetes.io/version'] ?? hash ?? 'unknown',
  }
}

function workloadOf(pod: Pod, hash: string | undefined): string {
  const owner = pod.metadata.ownerReferences?.find(reference => reference.controller)
  if (!owner) return pod.metadata.name
  if (owner.kind !== 'ReplicaSet') return owner.name
  return hash !== undefined && owner.name.endsWith(`-${hash}`)
    ? owner.name.slice(0, -hash.length - 1)
    : owner.name
}
