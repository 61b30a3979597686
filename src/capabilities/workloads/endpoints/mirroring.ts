import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Endpoints, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { controllerReference } from '../claim.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { Expectations } from '../expectations.ts'
import { randomName } from '../name-suffix.ts'
import { MAX_MIRRORED, mayMirror, MIRRORING, type MirroredSlice, planMirror } from './mirrored-slices.ts'
import { MANAGED_BY, SERVICE_NAME } from './plan-slices.ts'

const COMPONENT = 'endpoint-slice-mirroring-controller'
const BY_SERVICE = 'endpoint-slice-mirroring-controller/service'

/** Shows Endpoints that somebody wrote for a Service without selector as EndpointSlices. */
export function endpointMirroringController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const services = informers.for(Service)
  const written = informers.for(Endpoints)
  const slices = informers.for(EndpointSlice)
  const expectations = new Expectations(clock, slices)
  const serviceKeyOf = ({ metadata: { labels, namespace } }: EndpointSlice): string[] =>
    labels?.[MANAGED_BY] === MIRRORING ? [`${namespace}/${labels[SERVICE_NAME]}`] : []
  slices.addIndex(BY_SERVICE, serviceKeyOf)

  const remove = ({ metadata }: EndpointSlice) =>
    client.delete(EndpointSlice, metadata, { preconditions: { uid: metadata.uid } })

  async function create(endpoints: Endpoints, content: MirroredSlice): Promise<void> {
    const { namespace, name: service } = endpoints.metadata
    const { labels, annotations, ...rest } = content
    const generateName = `${service}-`
    const name = randomName(generateName)
    const key = `${namespace}/${service}`
    expectations.creating(key, `${namespace}/${name}`)
    const ownerReferences = [controllerReference(Endpoints, endpoints)]
    try {
      await client.create(EndpointSlice, {
        metadata: { name, generateName, namespace, labels, annotations, ownerReferences },
        ...rest,
      })
    } catch (error) {
      expectations.failed(key, `${namespace}/${name}`)
      throw error
    }
  }

  const warn = (endpoints: Endpoints, reason: string, message: string) =>
    events.record(endpoints, { type: 'Warning', reason, message, component: COMPONENT })

  return {
    name: 'endpointslice-mirroring',
    watches: [objectsOf(Endpoints), objectsOf(Service), mappedFrom(EndpointSlice, serviceKeyOf)],
    async reconcile(key) {
      const endpoints = written.get(key)
      const service = services.get(key)
      const existing = slices.by(BY_SERVICE, key)
      if (!endpoints || !service || service.spec?.selector || !mayMirror(endpoints)) {
        await Promise.all(existing.map(remove))
        return
      }
      if (!expectations.isSatisfied(key)) return
      const plan = planMirror(endpoints, existing)
      if (plan.invalid > 0)
        warn(
          endpoints,
          'InvalidIPAddress',
          `Skipped ${plan.invalid} invalid IP addresses when mirroring to EndpointSlices`,
        )
      if (plan.skipped > 0)
        warn(
          endpoints,
          'TooManyAddressesToMirror',
          `A max of ${MAX_MIRRORED} addresses can be mirrored to EndpointSlices per Endpoints subset. ${plan.skipped} addresses were skipped`,
        )
      await Promise.all([
        ...plan.create.map(content => create(endpoints, content)),
        ...plan.update.map(({ slice, content: { labels, annotations, endpoints: shown } }) =>
          client.update(EndpointSlice, {
            ...slice,
            metadata: { ...slice.metadata, labels, annotations },
            endpoints: shown,
          }),
        ),
        ...plan.remove.map(remove),
      ]).catch(ignoreNotFound)
    },
  }
}
