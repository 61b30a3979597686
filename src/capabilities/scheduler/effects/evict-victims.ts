import type { Kernel } from '../../../kernel/capability.ts'
import { setCondition } from '../../../kube/conditions.ts'
import { Pod, type PodCondition } from '../../../kube/generated/core-v1.ts'
import { isConflict, isNotFound } from '../../../kube/status.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import type { Candidate } from '../preemption/candidates.ts'
import { COMPONENT } from './component.ts'

/** Makes room for a pod: marks the victims and deletes them, each with its own grace period. */
export async function evictVictims(
  kernel: Kernel,
  preemptor: PodFacts,
  { node, victims }: Candidate,
): Promise<void> {
  await Promise.all(
    victims
      .filter(({ pod }) => !pod.metadata.deletionTimestamp)
      .map(victim => evict(kernel, victim.pod, `Preempted by pod ${preemptor.uid} on node ${node.name}`)),
  )
}

async function evict({ client, clock, events }: Kernel, pod: Pod, message: string): Promise<void> {
  const { name, namespace, uid } = pod.metadata
  const conditions = setCondition<PodCondition>(
    pod.status?.conditions,
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${COMPONENT}: preempting to accommodate a higher priority pod`,
    },
    clock.now(),
  )
  try {
    // By key of the conditions' list, because the kubelet writes there too.
    const own = conditions.filter(({ type }) => type === 'DisruptionTarget')
    await client.patch(
      Pod,
      { name, namespace },
      { metadata: { uid }, status: { conditions: own } },
      { subresource: 'status', type: 'strategic' },
    )
    await client.delete(Pod, { name, namespace }, { preconditions: { uid } })
  } catch (error) {
    // Gone, or another pod of its name.
    if (!isNotFound(error) && !isConflict(error)) throw error
    return
  }
  events.record(pod, { type: 'Normal', reason: 'Preempted', message, component: COMPONENT })
}
