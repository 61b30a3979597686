import type { RolloutStatus } from '../kinds/generated/rollout.ts'
import type { Observed } from '../observed.ts'
import type { PlannedEvent } from '../rollout-plan.ts'
import { isWithinRollbackWindow } from './rollback-window.ts'
import { isFullyPromoted } from './progress.ts'
import { stepHashOf, stepsOf } from './steps.ts'

export interface Beginning {
  status: RolloutStatus
  events: PlannedEvent[]
  /** An abort was taken back. */
  isRetry: boolean
}

/**
 * The status with what follows from the Rollout alone: a new template or new steps start from the beginning, the
 * stable template skips to the end, and flags that a person set are honoured.
 */
export function beginStatus(observed: Observed, revision: number): Beginning {
  const { rollout, hash } = observed
  // What is read from the API is frozen.
  const status: RolloutStatus = structuredClone(rollout.status ?? {})
  const events: PlannedEvent[] = []
  const count = stepsOf(rollout).length
  const stepHash = stepHashOf(rollout)
  const isNewTemplate = status.currentPodHash !== undefined && status.currentPodHash !== hash
  const haveStepsChanged = status.currentStepHash !== undefined && status.currentStepHash !== stepHash
  const isRetry = status.abortedAt !== undefined && !status.abort

  if (status.currentPodHash !== hash)
    events.push({
      type: 'Normal',
      reason: 'RolloutUpdated',
      message: `Rollout updated to revision ${revision}`,
    })
  if (isNewTemplate || haveStepsChanged) {
    startOver(status, count)
    if (isNewTemplate && isWithinRollbackWindow(observed)) {
      if (count > 0) status.currentStepIndex = count
      events.push({ type: 'Normal', reason: 'SkipSteps', message: 'Rollback within the window' })
    }
  }
  status.currentPodHash = hash
  status.currentStepHash = stepHash
  status.observedGeneration = String(rollout.metadata.generation ?? 1)
  if (!status.stableRS || isFullyPromoted(status)) {
    if (isNewTemplate && isFullyPromoted(status) && count > 0)
      events.push({ type: 'Normal', reason: 'SkipSteps', message: 'Rollback to stable' })
    settle(status, count)
  }
  if (count > 0) status.currentStepIndex ??= 0
  else delete status.currentStepIndex
  if (status.promoteFull) {
    delete status.abort
    delete status.pauseConditions
    delete status.controllerPause
    if (count > 0) status.currentStepIndex = count
  }
  if (!status.abort) delete status.abortedAt
  return { status, events, isRetry }
}

function startOver(status: RolloutStatus, count: number): void {
  delete status.abort
  delete status.abortedAt
  delete status.promoteFull
  delete status.pauseConditions
  delete status.controllerPause
  if (count > 0) status.currentStepIndex = 0
  if (status.canary) {
    delete status.canary.currentStepAnalysisRunStatus
    delete status.canary.currentBackgroundAnalysisRunStatus
  }
}

/** Nothing is being updated: there is nothing to pause, to abort or to promote. */
function settle(status: RolloutStatus, count: number): void {
  delete status.abort
  delete status.promoteFull
  delete status.pauseConditions
  delete status.controllerPause
  if (count > 0) status.currentStepIndex = count
}
