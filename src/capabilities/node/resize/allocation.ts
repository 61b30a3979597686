import { equalJson } from '../../../kube/copy.ts'
import type { Container, Pod, ResourceRequirements } from '../../../kube/generated/core-v1.ts'

/** What the node has set aside for a pod's containers, by name; what is asked for in its specification may be more or less. */
export type Allocation = ReadonlyMap<string, ResourceRequirements>

const containersOf = ({ spec }: Pod): Container[] => [...(spec.initContainers ?? []), ...spec.containers]

/** What a pod asks for. */
export const askedOf = (pod: Pod): Allocation =>
  new Map(containersOf(pod).map(({ name, resources = {} }) => [name, resources]))

/**
 * What an earlier Drave had set aside, which the status tells: requests as allocated, limits as last given. Containers
 * that have no status yet are allocated what they ask for.
 */
export function allocationFromStatus(pod: Pod): Allocation {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  const statuses = new Map(
    [...initContainerStatuses, ...containerStatuses].map(status => [status.name, status]),
  )
  return new Map(
    [...askedOf(pod)].map(([name, asked]) => {
      const status = statuses.get(name)
      if (!status?.resources) return [name, asked]
      const { limits, requests = status.allocatedResources } = status.resources
      return [
        name,
        {
          ...asked,
          ...(limits ? { limits } : {}),
          ...(requests ? { requests: status.allocatedResources ?? requests } : {}),
        },
      ]
    }),
  )
}

/** Whether two containers' resources are the same to those who resize. */
export const sameResources = (a: ResourceRequirements = {}, b: ResourceRequirements = {}): boolean =>
  (['requests', 'limits'] as const).every(side => equalJson(a[side] ?? {}, b[side] ?? {}))

/** The pod with what it has been allocated in place of what it asks for. */
export function allocated(pod: Pod, allocation: Allocation): Pod {
  const isSame = containersOf(pod).every(({ name, resources }) =>
    sameResources(resources, allocation.get(name) ?? resources),
  )
  if (isSame) return pod
  const of = (containers: readonly Container[]) =>
    containers.map(container => ({
      ...container,
      resources: allocation.get(container.name) ?? container.resources,
    }))
  const { initContainers, containers } = pod.spec
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(initContainers ? { initContainers: of(initContainers) } : {}),
      containers: of(containers),
    },
  }
}
