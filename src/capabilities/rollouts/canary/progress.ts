import type { Rollout, RolloutStatus } from '../kinds/generated/rollout.ts'
import { progressDeadlineMs, replicasOf } from '../spec-defaults.ts'
import { isRestarted } from '../restart.ts'
import { type Condition, conditionOf, withCondition, withoutCondition } from './conditions.ts'
import { currentStep } from './steps.ts'

export const isFullyPromoted = (status: RolloutStatus): boolean =>
  status.stableRS !== undefined && status.stableRS !== '' && status.stableRS === status.currentPodHash

export const isPaused = (rollout: Rollout, status: RolloutStatus): boolean =>
  rollout.spec.paused === true || (status.pauseConditions ?? []).length > 0

/** Every pod is of the stable version and available. */
export const isHealthy = (rollout: Rollout, status: RolloutStatus): boolean =>
  isFullyPromoted(status) &&
  (status.updatedReplicas ?? 0) === replicasOf(rollout) &&
  (status.availableReplicas ?? 0) >= replicasOf(rollout)

function hasProgressed(before: RolloutStatus, now: RolloutStatus): boolean {
  const grew = (name: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') =>
    (now[name] ?? 0) > (before[name] ?? 0)
  const oldPods = (status: RolloutStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    grew('updatedReplicas') ||
    grew('readyReplicas') ||
    grew('availableReplicas') ||
    oldPods(now) < oldPods(before) ||
    now.currentPodHash !== before.currentPodHash ||
    now.currentStepIndex !== before.currentStepIndex ||
    now.stableRS !== before.stableRS ||
    (now.canary?.weights?.canary.weight ?? 0) !== (before.canary?.weights?.canary.weight ?? 0)
  )
}

/** When an update without progress is late; undefined while it may take as long as it needs. */
export function progressDeadline(rollout: Rollout, status: RolloutStatus): number | undefined {
  const progressing = conditionOf(status.conditions, 'Progressing')
  const step = isFullyPromoted(status) ? undefined : currentStep(rollout, status)?.step
  const isIndefinite = step?.analysis !== undefined || step?.pause !== undefined
  if (progressing?.status !== 'True' || isIndefinite || isPaused(rollout, status)) return undefined
  if (progressing.reason === 'NewReplicaSetAvailable') return undefined
  return Date.parse(progressing.lastUpdateTime) + progressDeadlineMs(rollout)
}

/** The conditions of a Rollout with a valid spec, in upstream's types and reasons. */
export function conditionsFor(
  { rollout, nowMs, replicaSet }: { rollout: Rollout; nowMs: number; replicaSet: string },
  status: RolloutStatus,
  { abortMessage, revision }: { abortMessage: string | undefined; revision: number },
): Condition[] {
  const before = rollout.status ?? {}
  let conditions = withoutCondition(before.conditions ?? [], 'InvalidSpec')
  const set = (type: string, value: boolean, reason: string, message: string) => {
    conditions = withCondition(
      conditions,
      { type, status: value ? 'True' : 'False', reason, message },
      { nowMs },
    )
  }
  const available = (status.availableReplicas ?? 0) >= replicasOf(rollout)
  set(
    'Available',
    available,
    'AvailableReason',
    available ? 'Rollout has minimum availability' : 'Rollout does not have minimum availability',
  )
  const paused = isPaused(rollout, status) && !status.abort
  if (paused || conditionOf(conditions, 'Paused'))
    set('Paused', paused, 'RolloutPaused', paused ? 'Rollout is paused' : 'Rollout is not paused')
  const healthy = isHealthy(rollout, status)
  set('Healthy', healthy, 'RolloutHealthy', healthy ? 'Rollout is healthy' : 'Rollout is not healthy')
  const completed = isFullyPromoted(status)
  set(
    'Completed',
    completed,
    'RolloutCompleted',
    completed ? 'Rollout completed' : `Rollout not completed, started update to revision ${revision}`,
  )
  const progressing = progressingCondition({ rollout, nowMs, replicaSet }, { before, status, abortMessage })
  return progressing
    ? withCondition(conditions, progressing.condition, { nowMs, touch: progressing.touch })
    : conditions
}

type ProgressingDraft = {
  condition: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>
  touch: boolean
}

function progressingCondition(
  { rollout, nowMs, replicaSet }: { rollout: Rollout; nowMs: number; replicaSet: string },
  {
    before,
    status,
    abortMessage,
  }: { before: RolloutStatus; status: RolloutStatus; abortMessage: string | undefined },
): ProgressingDraft | undefined {
  const known = conditionOf(before.conditions, 'Progressing')
  const make = (value: string, reason: string, message: string, touch = false): ProgressingDraft => ({
    condition: { type: 'Progressing', status: value, reason, message },
    touch,
  })
  if (status.abort)
    return make(
      'False',
      'RolloutAborted',
      abortMessage ?? (known?.reason === 'RolloutAborted' ? known.message : 'Rollout aborted'),
    )
  if (isPaused(rollout, status)) return make('Unknown', 'RolloutPaused', 'Rollout is paused')
  if (isHealthy(rollout, status))
    return make('True', 'NewReplicaSetAvailable', `ReplicaSet "${replicaSet}" has successfully progressed.`)
  const progressed =
    hasProgressed(before, status) || known?.status === 'Unknown' || known?.reason === 'RolloutAborted'
  if (!known || progressed)
    return make('True', 'ReplicaSetUpdated', `ReplicaSet "${replicaSet}" is progressing.`, true)
  const deadline = progressDeadline(rollout, { ...status, conditions: before.conditions })
  if (deadline !== undefined && nowMs >= deadline)
    return make('False', 'ProgressDeadlineExceeded', `ReplicaSet "${replicaSet}" has timed out progressing.`)
  // A promoted Rollout that lost a pod is progressing again, with a deadline of its own.
  if (known.reason === 'NewReplicaSetAvailable')
    return make('True', 'ReplicaSetUpdated', `ReplicaSet "${replicaSet}" is progressing.`, true)
  return undefined
}

/** Phase and message as upstream's CalculateRolloutPhase derives them: what `kubectl argo rollouts` and Argo CD show. */
export function phaseOf(
  rollout: Rollout,
  status: RolloutStatus,
): { phase: string; message: string | undefined } {
  const invalid = conditionOf(status.conditions, 'InvalidSpec')
  if (invalid) return { phase: 'Degraded', message: `InvalidSpec: ${invalid.message}` }
  const failed = status.conditions?.find(
    ({ reason }) => reason === 'RolloutAborted' || reason === 'ProgressDeadlineExceeded',
  )
  if (failed) return { phase: 'Degraded', message: `${failed.reason}: ${failed.message}` }
  if (rollout.spec.paused) return { phase: 'Paused', message: 'manually paused' }
  const [pause] = status.pauseConditions ?? []
  if (pause) return { phase: 'Paused', message: pause.reason }
  const progressing = (message: string) => ({ phase: 'Progressing', message })
  if (!isRestarted(rollout, status)) return progressing('rollout is restarting')
  if ((status.updatedReplicas ?? 0) < replicasOf(rollout))
    return progressing('more replicas need to be updated')
  if ((status.availableReplicas ?? 0) < (status.updatedReplicas ?? 0))
    return progressing('updated replicas are still becoming available')
  if (
    !rollout.spec.strategy?.canary?.trafficRouting &&
    (status.replicas ?? 0) > (status.updatedReplicas ?? 0)
  )
    return progressing('old replicas are pending termination')
  if (!isFullyPromoted(status)) return progressing('waiting for all steps to complete')
  return { phase: 'Healthy', message: undefined }
}
