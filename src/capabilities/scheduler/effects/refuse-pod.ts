import type { Kernel } from '../../../kernel/capability.ts'
import { setCondition } from '../../../kube/conditions.ts'
import { Pod, type PodCondition } from '../../../kube/generated/core-v1.ts'
import { isConflict, isNotFound } from '../../../kube/status.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { COMPONENT } from './component.ts'

interface Refused {
  reason: 'Unschedulable' | 'SchedulerError'
  message: string
  /** The node that the pod waits for; null: none any more; undefined: as it is. */
  nominatedNodeName?: string | null | undefined
}

/** Says on a pod why no node took it: an event, the condition PodScheduled, and the node that it waits for. */
export async function refusePod(kernel: Kernel, { pod }: PodFacts, refused: Refused): Promise<void> {
  const { client, clock, events } = kernel
  const { reason, message, nominatedNodeName } = refused
  events.record(pod, { type: 'Warning', reason: 'FailedScheduling', message, component: COMPONENT })
  const before = pod.status?.conditions
  const conditions = setCondition<PodCondition>(
    before,
    { type: 'PodScheduled', status: 'False', reason, message },
    clock.now(),
  )
  const nominated =
    nominatedNodeName !== undefined && (nominatedNodeName ?? undefined) !== pod.status?.nominatedNodeName
  if (conditions === before && !nominated) return
  const { name, namespace, resourceVersion } = pod.metadata
  try {
    await client.patch(
      Pod,
      { name, namespace },
      { metadata: { resourceVersion }, status: { conditions, ...(nominated ? { nominatedNodeName } : {}) } },
      { subresource: 'status' },
    )
  } catch (error) {
    // Changed or deleted meanwhile: its newer state is on the way.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
