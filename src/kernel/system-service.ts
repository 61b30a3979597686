import { Service } from '../kube/generated/core-v1.ts'
import { EndpointSlice } from '../kube/generated/discovery-v1.ts'
import type { Kind } from '../kube/kind.ts'
import type { Draft, KubeObject } from '../kube/object.ts'
import { isAlreadyExists } from '../kube/status.ts'
import type { Kernel } from './capability.ts'
import type { Client } from './client.ts'

/** The namespace of what Drave itself runs, unless another one is chosen. */
export const SYSTEM_NAMESPACE = 'drave-system'

export interface SystemService {
  namespace?: string
  name: string
  /** The Service's port. */
  port: number
  portName?: string
  /** Where the part really listens. */
  address: string
  targetPort: number
  /** The object that owns the Service, for a controller's child. */
  owner?: KubeObject
  labels?: Record<string, string>
}

type PublishingKernel = Pick<Kernel, 'client' | 'isEmbedded' | 'systemNamespace' | 'config'>

/**
 * Makes a listener of this process reachable under a Service: selectorless, with one EndpointSlice. Idempotent. On
 * somebody else's cluster it does so only where an address was given that the cluster's pods reach this process at.
 */
export async function publishSystemService(
  { client, isEmbedded, systemNamespace, config }: PublishingKernel,
  service: SystemService,
): Promise<void> {
  const address = config.advertiseAddress ?? (isEmbedded ? service.address : undefined)
  if (address === undefined) return
  const namespace = service.namespace ?? systemNamespace
  const portName = service.portName ?? 'http'
  const labels = { ...service.labels, 'app.kubernetes.io/managed-by': 'drave' }
  const { owner } = service
  const ownerReferences = owner && [
    {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      controller: true,
    },
  ]
  const ref = { name: service.name, namespace }
  const spec = {
    type: 'ClusterIP',
    ports: [{ name: portName, port: service.port, protocol: 'TCP', targetPort: service.targetPort }],
  }
  await createOrPatch(client, Service, ref, { metadata: { labels, ownerReferences }, spec })
  await createOrPatch(
    client,
    EndpointSlice,
    { name: `${service.name}-drave`, namespace },
    {
      metadata: {
        labels: {
          ...labels,
          'kubernetes.io/service-name': service.name,
          'endpointslice.kubernetes.io/managed-by': 'drave',
        },
        ownerReferences,
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true, serving: true, terminating: false } }],
      ports: [{ name: portName, port: service.targetPort, protocol: 'TCP' }],
    },
  )
}

async function createOrPatch<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  ref: { name: string; namespace: string },
  content: Omit<Draft<T>, 'apiVersion' | 'kind'>,
): Promise<void> {
  if (!(await client.find(kind, ref))) {
    try {
      // `content` is a Draft<T> whose name and namespace come from `ref`.
      await client.create(kind, { ...content, metadata: { ...content.metadata, ...ref } } as Draft<T>)
      return
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
  }
  await client.patch(kind, ref, content)
}
