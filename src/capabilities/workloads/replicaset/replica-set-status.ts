import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { availableInMs, isActive, isReady } from '../pod-state.ts'

/** A refused write, kept in the ReplicaFailure condition. */
export interface Failure {
  reason: 'FailedCreate' | 'FailedDelete'
  message: string
}

/** The status that the owned pods add up to. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  { failure, now }: { failure: Failure | undefined; now: number },
): ReplicaSetStatus {
  const active = pods.filter(isActive)
  const templateLabels = Object.entries(replicaSet.spec.template?.metadata?.labels ?? {})
  const minReady = replicaSet.spec.minReadySeconds ?? 0
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter(pod =>
      templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value),
    ).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter(pod => availableInMs(pod, minReady, now) === 0).length,
    terminatingReplicas: pods.filter(
      pod =>
        pod.metadata.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
    ).length,
    observedGeneration: replicaSet.metadata.generation,
    conditions: conditions(replicaSet, failure, now),
  }
}

function conditions(replicaSet: ReplicaSet, failure: Failure | undefined, now: number) {
  const others = (replicaSet.status?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure')
  if (!failure) return others
  const previous = replicaSet.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  // The first failure stands until one attempt succeeds: each has another pod's name, and would wake the next.
  if (previous) return [...others, previous]
  const condition: ReplicaSetCondition = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: failure.reason,
    message: failure.message,
    lastTransitionTime: toTime(now),
  }
  return [...others, condition]
}

/** Milliseconds until a ready pod becomes available; undefined when none is waiting for that. */
export function nextAvailability(
  pods: readonly Pod[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  const waits = pods
    .filter(isActive)
    .map(pod => availableInMs(pod, minReadySeconds, now))
    .filter(wait => wait !== undefined && wait > 0)
  return waits.length === 0 ? undefined : Math.min(...(waits as number[]))
}
