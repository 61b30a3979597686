import type { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod, Service } from '../../../kube/generated/core-v1.ts'
import type { ObjectMeta } from '../../../kube/object.ts'

/** For tests: metadata that the API server would have filled in. */
export const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  generation: 1,
  ...more,
})

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'one' }] },
}

export const deployment = (
  spec: Partial<Deployment['spec']> = {},
  status: Deployment['status'] = {},
  more: Partial<ObjectMeta> = {},
): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: meta('web', more),
  spec: { replicas: 10, selector: { matchLabels: { app: 'web' } }, template, ...spec },
  status,
})

/** A ReplicaSet that asks for `replicas`, `available` of which are. */
export const replicaSet = (
  name: string,
  replicas: number,
  available = replicas,
  more: Partial<ObjectMeta> = {},
): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: meta(name, more),
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
  status: {
    replicas,
    readyReplicas: available,
    availableReplicas: available,
    observedGeneration: 1,
  },
})

interface PodShape {
  ready?: boolean
  readyAt?: string
  phase?: string
  ip?: string
  node?: string
  restarts?: number
  ports?: readonly { name: string; containerPort: number }[]
  meta?: Partial<ObjectMeta>
}

export const pod = (name: string, shape: PodShape = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name, { labels: { app: 'web' }, ...shape.meta }),
  spec: {
    containers: [{ name: 'web', image: 'one', ports: [...(shape.ports ?? [])] }],
    nodeName: shape.node ?? 'node-1',
  },
  status: {
    phase: shape.phase ?? 'Running',
    podIP: shape.ip ?? '127.10.0.1',
    conditions: [
      {
        type: 'Ready',
        status: (shape.ready ?? true) ? 'True' : 'False',
        lastTransitionTime: shape.readyAt ?? '2026-01-01T00:00:00Z',
      },
    ],
    containerStatuses: [
      { name: 'web', image: '', imageID: '', ready: true, restartCount: shape.restarts ?? 0 },
    ],
  },
})

export const service = (spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('web', { labels: { team: 'tour' } }),
  spec: {
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    ...spec,
  },
})
