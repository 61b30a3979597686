import { durationMs } from '../duration.ts'
import type {
  Rollout,
  RolloutSpecStrategyCanaryStepsItem as CanaryStep,
  RolloutSpecStrategyCanaryStepsItemSetCanaryScale as CanaryScale,
  RolloutStatus,
} from '../kinds/generated/rollout.ts'
import { safeHash } from '../safe-hash.ts'
import { canaryOf, hasTrafficRouting, totalWeightOf } from '../spec-defaults.ts'

export type { CanaryStep }

export const stepsOf = (rollout: Rollout): readonly CanaryStep[] => canaryOf(rollout).steps ?? []

/** Changes when the steps do, which starts them again. */
export const stepHashOf = (rollout: Rollout): string => safeHash(stepsOf(rollout))

/** The step that the status stands at; undefined when there are none or all are done. */
export function currentStep(
  rollout: Rollout,
  status: RolloutStatus,
): { step: CanaryStep; index: number } | undefined {
  const index = status.currentStepIndex ?? 0
  const step = stepsOf(rollout)[index]
  return step && { step, index }
}

/** The nearest step at or before the current one for which `pick` yields something. */
function latest<T>(
  rollout: Rollout,
  status: RolloutStatus,
  pick: (step: CanaryStep) => T | undefined,
): T | undefined {
  const steps = stepsOf(rollout)
  for (let index = status.currentStepIndex ?? 0; index >= 0; index--) {
    const step = steps[index]
    const found = step && pick(step)
    if (found !== undefined) return found
  }
  return undefined
}

/** The weight in force: of the last setWeight up to the current step, 0 before the first, all of it after the last step. */
export function setWeightOf(rollout: Rollout, status: RolloutStatus): number {
  if (!currentStep(rollout, status)) return totalWeightOf(rollout)
  return latest(rollout, status, step => step.setWeight) ?? 0
}

/** The explicit canary scale in force. It needs traffic routing, and `matchTrafficWeight` ends it. */
export function canaryScaleOf(rollout: Rollout, status: RolloutStatus): CanaryScale | undefined {
  if (!hasTrafficRouting(rollout) || !currentStep(rollout, status)) return undefined
  const scale = latest(rollout, status, step => step.setCanaryScale)
  return scale?.matchTrafficWeight ? undefined : scale
}

/** Milliseconds of a pause step, undefined for one that waits for a person. */
export const pauseMs = (step: CanaryStep): number | undefined =>
  step.pause?.duration === undefined ? undefined : durationMs(step.pause.duration)

/** A step in a few words, as events and the tree show it. */
export function describeStep(step: CanaryStep): string {
  if (step.setWeight !== undefined) return `setWeight: ${step.setWeight}`
  if (step.pause) return step.pause.duration === undefined ? 'pause' : `pause: ${step.pause.duration}`
  if (step.analysis)
    return `analysis: ${(step.analysis.templates ?? []).map(template => template.templateName).join(', ')}`
  const scale = step.setCanaryScale
  if (scale) {
    const [name, value] = Object.entries(scale)[0] ?? ['', '']
    return `setCanaryScale: ${name} ${value}`
  }
  return Object.keys(step)[0] ?? 'empty'
}
