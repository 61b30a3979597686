import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Endpoints, Pod, Service } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { toTime } from '../../../lib/clock.ts'
import { isSame } from '../canonical.ts'
import { subsetsOf } from './legacy-endpoints.ts'
import { hasEndpoints, isHeadless, selects } from './service-pods.ts'

/** As upstream, which counts how long it takes from a change of a pod to a change of the network. */
const LAST_TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time'
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'

/** Keeps the core/v1 Endpoints object of every Service with a selector, for clients older than EndpointSlice. */
export function endpointsController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const services = informers.for(Service)
  const pods = informers.for(Pod)
  const endpoints = informers.for(Endpoints)
  /** Services whose end was seen: their Endpoints go, whoever wrote them. */
  const departed = new Set<string>()
  services.onChange(({ type, object }) => {
    if (type === 'deleted') departed.add(keyOf(object))
    else departed.delete(keyOf(object))
  })

  async function removeOf(key: string): Promise<void> {
    const left = endpoints.get(key)
    const isOurs = left?.metadata.labels?.[MANAGED_BY] === 'endpoint-controller'
    if (left && (isOurs || departed.has(key)))
      await client.delete(Endpoints, left.metadata, { preconditions: { uid: left.metadata.uid } })
    departed.delete(key)
  }

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
      if (!service) return removeOf(key)
      if (service.metadata.deletionTimestamp || !hasEndpoints(service)) return
      const { name, namespace } = service.metadata
      const selected = pods.list(namespace).filter(pod => selects(service, pod))
      const { subsets, isCut } = subsetsOf(service, selected)
      const labels = {
        ...service.metadata.labels,
        [MANAGED_BY]: 'endpoint-controller',
        ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
      }
      const annotations = {
        [LAST_TRIGGER]: toTime(clock.now()),
        ...(isCut ? { [OVER_CAPACITY]: 'truncated' } : {}),
      }
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
      await client
        .create(Endpoints, { metadata: { name, namespace, labels, annotations }, subsets })
        .catch(error => {
          if (!isNotFound(error)) throw error
        })
    },
  }
}
