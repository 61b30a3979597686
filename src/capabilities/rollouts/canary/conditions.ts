import { toTime } from '../../../lib/clock.ts'
import type { RolloutStatusConditionsItem as Condition } from '../kinds/generated/rollout.ts'

export type { Condition }
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

export const conditionOf = (
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined => conditions?.find(condition => condition.type === type)

/** The conditions with one set. Its transition time moves with its status, its update time with anything. */
export function withCondition(
  conditions: readonly Condition[],
  draft: Draft,
  { nowMs, touch = false }: { nowMs: number; touch?: boolean },
): Condition[] {
  const known = conditionOf(conditions, draft.type)
  const isSame =
    known?.status === draft.status && known.reason === draft.reason && known.message === draft.message
  if (known && isSame && !touch) return [...conditions]
  const now = toTime(nowMs)
  const condition: Condition = {
    ...draft,
    lastUpdateTime: now,
    lastTransitionTime: known?.status === draft.status ? known.lastTransitionTime : now,
  }
  return known
    ? conditions.map(candidate => (candidate.type === draft.type ? condition : candidate))
    : [...conditions, condition]
}

export const withoutCondition = (conditions: readonly Condition[], type: string): Condition[] =>
  conditions.filter(condition => condition.type !== type)
