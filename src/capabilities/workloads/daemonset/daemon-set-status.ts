import type { DaemonSet, DaemonSetStatus } from '../../../kube/generated/apps-v1.ts'
import { isPodAvailable, isPodReady } from '../../../kube/pod.ts'
import { type DaemonNode, isUpdated } from './daemon-view.ts'

/** The counts of a DaemonSet; a node counts by the senior pod on it. */
export function daemonSetStatus(
  set: DaemonSet,
  nodes: readonly DaemonNode[],
  { hash, collisionCount, now }: { hash: string; collisionCount: number; now: number },
): DaemonSetStatus {
  const present = nodes.filter(({ exists }) => exists)
  const desired = present.filter(({ shouldRun }) => shouldRun)
  const pods = desired.map(node => node.pods[0]).filter(pod => pod !== undefined)
  const available = pods.filter(pod => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length
  return {
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: desired.length,
    numberMisscheduled: present.filter(node => !node.shouldRun && node.pods.length > 0).length,
    numberReady: pods.filter(isPodReady).length,
    updatedNumberScheduled: pods.filter(pod => isUpdated(pod, hash)).length,
    numberAvailable: available,
    numberUnavailable: desired.length - available,
    observedGeneration: set.metadata.generation,
    ...(collisionCount > 0 ? { collisionCount } : {}),
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  }
}
