import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Endpoints, Pod, Service } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { controllerReference } from '../claim.ts'
import { subsetsOf } from './legacy-endpoints.ts'
import { hasEndpoints, isHeadless, selects } from './service-pods.ts'

const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'

/** Keeps the core/v1 Endpoints object of every Service with a selector, for clients older than EndpointSlice. */
export function endpointsController(kernel: Kernel): Controller {
  const { client, informers } = kernel
  const services = informers.for(Service)
  const pods = informers.for(Pod)
  const endpoints = informers.for(Endpoints)
  return {
    name: 'endpoints',
    watches: [
      objectsOf(Service),
      objectsOf(Endpoints),
      mappedFrom(Pod, pod =>
        services
          .list(pod.metadata.namespace)
          .filter(service => selects(service, pod))
          .map(keyOf),
      ),
    ],
    async reconcile(key) {
      const service = services.get(key)
      if (!service || service.metadata.deletionTimestamp || !hasEndpoints(service)) return
      const { name, namespace } = service.metadata
      const selected = pods.list(namespace).filter(pod => selects(service, pod))
      const { subsets, isCut } = subsetsOf(service, selected)
      const labels = {
        ...service.metadata.labels,
        'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
        ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
      }
      const annotations = isCut ? { [OVER_CAPACITY]: 'truncated' } : {}
      const existing = endpoints.get(key)
      if (existing) {
        const isOver = existing.metadata.annotations?.[OVER_CAPACITY] !== undefined
        if (
          isSame(existing.subsets ?? [], subsets) &&
          isSame(existing.metadata.labels, labels) &&
          isOver === isCut
        )
          return
        await client.update(Endpoints, {
          ...existing,
          metadata: { ...existing.metadata, labels, annotations },
          subsets,
        })
        return
      }
      const ownerReferences = [controllerReference(Service, service)]
      await client
        .create(Endpoints, { metadata: { name, namespace, labels, annotations, ownerReferences }, subsets })
        .catch(error => {
          if (!isNotFound(error)) throw error
        })
    },
  }
}
