import type { Container, ResourceRequirements } from '../../../kube/generated/core-v1.ts'
import { compareQuantities } from '../../../kube/quantity.ts'

/** What has to be done for a running container to have other resources. */
export type ContainerResize = 'nothing' | 'update' | 'restart'

const RESIZABLE = ['cpu', 'memory'] as const

/** Whether a container that has `given` can be given what it is allocated while it runs: its resizePolicy says. */
export function containerResize(
  { resources = {}, resizePolicy = [] }: Pick<Container, 'resources' | 'resizePolicy'>,
  given: ResourceRequirements,
): ContainerResize {
  const changed = RESIZABLE.filter(name =>
    (['requests', 'limits'] as const).some(side => differs(resources[side]?.[name], given[side]?.[name])),
  )
  if (changed.length === 0) return 'nothing'
  const restarts = resizePolicy.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && changed.some(name => name === resourceName),
  )
  return restarts ? 'restart' : 'update'
}

const differs = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined ? a !== b : compareQuantities(a, b) !== 0

/** Whether a memory limit is added or becomes less: what is in use must then fit below it. */
export function lowersMemory(
  resources: ResourceRequirements = {},
  given: ResourceRequirements = {},
): boolean {
  const [wanted, had] = [resources.limits?.['memory'], given.limits?.['memory']]
  if (wanted === undefined) return false
  return had === undefined || compareQuantities(wanted, had) < 0
}
