import type { Kernel } from '../../../kernel/capability.ts'
import { setCondition } from '../../../kube/conditions.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { ignoreNotFound } from '../claim-objects.ts'

interface Disruption {
  reason: string
  message: string
  /** Nobody will end the pod: it has failed, and goes at once. */
  isForced?: boolean
}

/** Deletes a pod through no fault of its own, and says so in its condition DisruptionTarget. */
export async function disrupt(
  { client, clock }: Kernel,
  pod: Pod,
  { reason, message, isForced }: Disruption,
): Promise<void> {
  const hasEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!hasEnded) {
    const condition = { type: 'DisruptionTarget', status: 'True', reason, message }
    const conditions = setCondition(pod.status?.conditions, condition, clock.now())
    const status = { conditions, ...(isForced ? { phase: 'Failed' } : {}) }
    // With the version: what the node wrote meanwhile conflicts, and is not undone.
    const { resourceVersion } = pod.metadata
    await client
      .patch(Pod, pod.metadata, { metadata: { resourceVersion }, status }, { subresource: 'status' })
      .catch(ignoreNotFound)
  }
  await client
    .delete(Pod, pod.metadata, {
      preconditions: { uid: pod.metadata.uid },
      ...(isForced ? { gracePeriodSeconds: 0 } : {}),
    })
    .catch(ignoreNotFound)
}
