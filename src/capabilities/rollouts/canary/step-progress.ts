import type { RolloutStatus } from '../kinds/generated/rollout.ts'
import { countsOf, type Observed } from '../observed.ts'
import { hasEnoughPods, targetScale } from './scale.ts'
import type { RunsPlan } from './runs.ts'
import { type CanaryStep, pauseMs, setWeightOf } from './steps.ts'

const pauseConditionOf = (status: RolloutStatus) =>
  status.pauseConditions?.find(({ reason }) => reason === 'CanaryPauseStep')

/** A pause step that has not begun. Once it has, `controllerPause` stays until it ends, also when a person resumes. */
export const pauseAtStep = (step: CanaryStep, status: RolloutStatus): boolean =>
  step.pause !== undefined && !pauseConditionOf(status) && !status.controllerPause

/** Whether the current step has reached what it is for. */
export function stepIsDone(
  { observed, status, runs }: { observed: Observed; status: RolloutStatus; runs: RunsPlan },
  step: CanaryStep,
): boolean {
  if (step.pause) return pauseIsOver(step, status, observed.nowMs)
  if ((status.pauseConditions ?? []).length > 0) return false
  if (step.analysis) return runs.step?.status?.phase === 'Successful'
  if (step.setCanaryScale) return hasEnoughPods(observed, status, 'updating')
  if (!observed.traffic) return basicIsReached(observed, status)
  return (
    hasEnoughPods(observed, status, 'updating') &&
    (observed.rollout.spec.replicas === 0 ||
      observed.traffic.weight === setWeightOf(observed.rollout, status))
  )
}

/** A timed pause ends with its time, the other when a person takes the condition away. */
function pauseIsOver(step: CanaryStep, status: RolloutStatus, nowMs: number): boolean {
  const pause = pauseConditionOf(status)
  if (!pause) return status.controllerPause === true && (status.pauseConditions ?? []).length === 0
  const duration = pauseMs(step)
  return duration !== undefined && nowMs >= Date.parse(pause.startTime) + duration
}

function basicIsReached(observed: Observed, status: RolloutStatus): boolean {
  const target = targetScale(observed, status, 'updating')
  const isAt = (counts: { replicas: number; available: number }, wanted: number) =>
    counts.replicas === wanted && counts.available >= wanted
  return (
    isAt(countsOf(observed.canary), target.canary) &&
    isAt(countsOf(observed.stable), target.stable) &&
    observed.older.every(replicaSet => countsOf(replicaSet).available === 0)
  )
}
