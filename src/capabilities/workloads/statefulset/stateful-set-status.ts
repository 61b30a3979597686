import type { StatefulSet, StatefulSetStatus } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isPodAvailable, isPodReady } from '../../../kube/pod.ts'
import { REVISION_HASH } from '../history/controller-revision.ts'
import { wantedReplicas } from './identity.ts'

interface Revisions {
  currentRevision: string
  updateRevision: string
  collisionCount: number
}

/**
 * The status that the pods add up to. `deletedForUpdate` pods of the current revision were just deleted. A rolling
 * update is complete, and its revision the current one, when all replicas are updated and ready.
 */
export function statefulSetStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  { revisions, deletedForUpdate, now }: { revisions: Revisions; deletedForUpdate: number; now: number },
): StatefulSetStatus {
  const ready = pods.filter(pod => pod.status?.phase === 'Running' && isPodReady(pod))
  const staying = pods.filter(pod => !pod.metadata.deletionTimestamp)
  const ofRevision = (name: string) =>
    staying.filter(pod => pod.metadata.labels?.[REVISION_HASH] === name).length
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter(pod => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    currentReplicas: Math.max(0, ofRevision(revisions.currentRevision) - deletedForUpdate),
    updatedReplicas: ofRevision(revisions.updateRevision),
    currentRevision: revisions.currentRevision,
    updateRevision: revisions.updateRevision,
    collisionCount: revisions.collisionCount,
    conditions: set.status?.conditions,
  }
  const wanted = wantedReplicas(set)
  const isComplete =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    status.updatedReplicas === wanted &&
    status.readyReplicas === wanted &&
    status.replicas === wanted
  if (!isComplete) return status
  return { ...status, currentReplicas: status.updatedReplicas, currentRevision: revisions.updateRevision }
}
