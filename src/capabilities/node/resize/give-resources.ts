import type { Container, ResourceRequirements } from '../../../kube/generated/core-v1.ts'
import type { Cgroups } from '../cgroup/cgroups.ts'
import { cgroupLimits } from '../cgroup/limits.ts'
import { lowersMemory } from './container-resize.ts'

/** A running container that is to have other resources. */
export interface ResourceGift {
  container: Container
  given: ResourceRequirements
  /** Its control group. */
  group: string
}

/** Containers cannot have what their pod is allocated now; that may change. */
export class ResizeError extends Error {
  override name = 'ResizeError'
}

/** Changes the limits of running containers; where memory that is in use would not fit any more, of none. Throws ResizeError. */
export function giveResources(gifts: readonly ResourceGift[], cgroups: Cgroups): void {
  const tooMuch = gifts.flatMap(({ container, given, group }) => {
    if (!lowersMemory(container.resources, given)) return []
    const { memoryBytes = Infinity } = cgroupLimits(container.resources)
    const used = cgroups.memoryInUse(group) ?? 0
    return used < memoryBytes
      ? []
      : [
          `attempting to set container "${container.name}" memory limit (${memoryBytes}) below current usage (${used})`,
        ]
  })
  const [first, ...others] = tooMuch
  if (first !== undefined)
    throw new ResizeError(
      `cannot decrease memory limits: ${others.length === 0 ? first : `[${tooMuch.join(', ')}]`}`,
    )
  for (const { container, group } of gifts)
    try {
      cgroups.update(group, cgroupLimits(container.resources))
    } catch (error) {
      throw new ResizeError(`container "${container.name}": ${(error as Error).message}`, { cause: error })
    }
}
