import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { toTime } from '../../../lib/clock.ts'
import { controllerReference } from '../claim.ts'
import { Expectations } from '../expectations.ts'
import { randomName } from '../name-suffix.ts'
import { CONTROLLER, MANAGED_BY, planSlices, SERVICE_NAME, type SliceContent } from './plan-slices.ts'
import { hasEndpoints, selects } from './service-pods.ts'

const BY_SERVICE = 'endpoint-slice-controller/service'
const LAST_TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time'

/** Keeps the EndpointSlices of every Service with a selector. Slices that others manage are never touched. */
export function endpointSliceController(kernel: Kernel): Controller {
  const { client, informers } = kernel
  const services = informers.for(Service)
  const pods = informers.for(Pod)
  const slices = informers.for(EndpointSlice)
  const expectations = new Expectations(kernel.clock, slices)

  const serviceKeyOf = (slice: EndpointSlice): string[] => {
    const { labels, namespace } = slice.metadata
    const name = labels?.[SERVICE_NAME]
    return labels?.[MANAGED_BY] === CONTROLLER && name ? [`${namespace}/${name}`] : []
  }
  slices.addIndex(BY_SERVICE, serviceKeyOf)

  async function create(service: Service, { labels, endpoints, ports }: SliceContent): Promise<void> {
    const { namespace } = service.metadata
    const generateName = `${service.metadata.name}-`
    const name = randomName(generateName)
    expectations.creating(keyOf(service), `${namespace}/${name}`)
    try {
      await client.create(EndpointSlice, {
        metadata: {
          name,
          generateName,
          namespace,
          labels,
          annotations: { [LAST_TRIGGER]: toTime(kernel.clock.now()) },
          ownerReferences: [controllerReference(Service, service)],
        },
        addressType: 'IPv4',
        endpoints: [...endpoints],
        ports: [...ports],
      })
    } catch (error) {
      expectations.failed(keyOf(service), `${namespace}/${name}`)
      throw error
    }
  }

  async function update(slice: EndpointSlice, { labels, endpoints }: SliceContent): Promise<void> {
    const annotations = { ...slice.metadata.annotations, [LAST_TRIGGER]: toTime(kernel.clock.now()) }
    // With the version: a stale copy conflicts and the decision is made again.
    await client.update(EndpointSlice, {
      ...slice,
      metadata: { ...slice.metadata, labels, annotations },
      endpoints: [...endpoints],
    })
  }

  return {
    name: 'endpointslice',
    watches: [
      objectsOf(Service),
      mappedFrom(Pod, pod =>
        services
          .list(pod.metadata.namespace)
          .filter(service => selects(service, pod))
          .map(keyOf),
      ),
      mappedFrom(EndpointSlice, serviceKeyOf),
    ],
    async reconcile(key) {
      const service = services.get(key)
      // Slices of a Service that is gone are the garbage collector's.
      if (!service || service.metadata.deletionTimestamp || !hasEndpoints(service)) return
      if (!expectations.isSatisfied(key)) return
      const selected = pods.list(service.metadata.namespace).filter(pod => selects(service, pod))
      const plan = planSlices(service, selected, slices.by(BY_SERVICE, key))
      await Promise.all([
        ...plan.create.map(content => create(service, content)),
        ...plan.update.map(({ slice, content }) => update(slice, content)),
        ...plan.remove.map(slice =>
          client.delete(EndpointSlice, slice.metadata, { preconditions: { uid: slice.metadata.uid } }),
        ),
      ]).catch(ignoreEndOfService)
    },
  }
}

/** The namespace or the Service went while its slices were written. */
function ignoreEndOfService(error: unknown): void {
  if (!isNotFound(error)) throw error
}
