import { type Condition, withCondition } from './canary/conditions.ts'
import { phaseOf } from './canary/progress.ts'
import type { Rollout, RolloutStatus } from './kinds/generated/rollout.ts'
import type { SpecProblem } from './validate-spec.ts'

/** The status of a Rollout that cannot be rolled out: what stands stays, and the condition names each field. */
export function invalidStatus(
  rollout: Rollout,
  problems: readonly SpecProblem[],
  nowMs: number,
): RolloutStatus {
  const what = problems.map(({ field, message }) => `${field}: ${message}`).join('; ')
  const condition: Pick<Condition, 'type' | 'status' | 'reason' | 'message'> = {
    type: 'InvalidSpec',
    status: 'True',
    reason: 'InvalidSpec',
    message: `The Rollout "${rollout.metadata.name}" is invalid: ${what}`,
  }
  const status: RolloutStatus = {
    ...structuredClone(rollout.status ?? {}),
    conditions: withCondition(rollout.status?.conditions ?? [], condition, { nowMs }),
    observedGeneration: String(rollout.metadata.generation ?? 1),
  }
  return { ...status, ...phaseOf(rollout, status) }
}
