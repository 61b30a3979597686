import type { Deployment, DeploymentStatus } from '../../../kube/generated/apps-v1.ts'
import {
  type Conditions,
  conditionOf,
  hasProgressDeadline,
  progressDeadlineSeconds,
  replaced,
  withCondition,
  without,
} from './conditions.ts'
import { wantedReplicas } from './rolling-update.ts'

const TYPE = 'Progressing'
const AVAILABLE = 'NewReplicaSetAvailable'

/** Everything runs the current template and is available, and nothing old is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment)
  return (
    status.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

/** More new pods, fewer old ones, or more ready or available ones than the last time. */
function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

/** Milliseconds until the deadline; negative after it; undefined while there is none to miss. */
export function deadlineInMs(
  deployment: Deployment,
  status: DeploymentStatus,
  now: number,
): number | undefined {
  const condition = conditionOf(status.conditions, TYPE)
  if (!hasProgressDeadline(deployment) || deployment.spec.paused || !condition) return undefined
  if (condition.reason === AVAILABLE || condition.reason === 'ProgressDeadlineExceeded') return undefined
  const since = Date.parse(condition.lastUpdateTime ?? condition.lastTransitionTime ?? '')
  return since + progressDeadlineSeconds(deployment) * 1000 - now
}

/** The Progressing condition after this look, with the others. `name` is the new ReplicaSet's. */
export function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  { name, now }: { name: string | undefined; now: number },
): Conditions {
  const conditions = status.conditions ?? []
  if (!hasProgressDeadline(deployment)) return without(conditions, TYPE)
  const current = conditionOf(conditions, TYPE)
  // A finished rollout stays finished when pods come and go or the size changes.
  if (status.replicas === status.updatedReplicas && current?.reason === AVAILABLE) return conditions
  const subject = name ? `ReplicaSet "${name}"` : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    return withCondition(conditions, { type: TYPE, status: 'True', reason: AVAILABLE, message }, now)
  }
  if (isProgressing(deployment.status ?? {}, status)) {
    const message = `${subject} is progressing.`
    return replaced(conditions, { type: TYPE, status: 'True', reason: 'ReplicaSetUpdated', message }, now)
  }
  const left = deadlineInMs(deployment, status, now)
  if (left !== undefined && left < 0) {
    const message = `${subject} has timed out progressing.`
    const reason = 'ProgressDeadlineExceeded'
    return withCondition(conditions, { type: TYPE, status: 'False', reason, message }, now)
  }
  return conditions
}

/** Pausing is told by the condition; the deadline's clock starts anew on resuming. */
export function withPause(deployment: Deployment, now: number): Conditions {
  const conditions = deployment.status?.conditions ?? []
  const current = conditionOf(conditions, TYPE)
  if (!hasProgressDeadline(deployment) || current?.reason === 'ProgressDeadlineExceeded') return conditions
  const isPaused = current?.reason === 'DeploymentPaused'
  if (deployment.spec.paused && !isPaused)
    return withCondition(
      conditions,
      { type: TYPE, status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' },
      now,
    )
  if (!deployment.spec.paused && isPaused)
    return withCondition(
      conditions,
      { type: TYPE, status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' },
      now,
    )
  return conditions
}
