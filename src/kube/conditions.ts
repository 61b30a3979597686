import { toTime } from '../lib/clock.ts'

/** What all condition types have in common; times are RFC 3339. */
export interface AnyCondition {
  type: string
  status: string
  reason?: string | undefined
  message?: string | undefined
  observedGeneration?: number | undefined
  lastTransitionTime?: string | undefined
}

/** A condition as a controller decides it: the time follows from whether the status changes. */
export type ConditionDraft<C extends AnyCondition> = Omit<C, 'lastTransitionTime'>

/**
 * The list with one condition set: lastTransitionTime stays unless its status changes, and the same list is
 * returned where nothing does. `now` is milliseconds since the epoch.
 */
export function setCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  next: ConditionDraft<C>,
  now: number,
): readonly C[] {
  const known = conditions?.find(condition => condition.type === next.type)
  const lastTransitionTime =
    known?.status === next.status && known.lastTransitionTime ? known.lastTransitionTime : toTime(now)
  // The draft is C without the time that is added here.
  const condition = { ...next, lastTransitionTime } as unknown as C
  if (!conditions || !known) return [...(conditions ?? []), condition]
  const merged = { ...known, ...condition }
  const changed = (Object.keys(merged) as (keyof C)[]).some(key => merged[key] !== known[key])
  return changed ? conditions.map(other => (other === known ? merged : other)) : conditions
}

export const findCondition = <C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find(condition => condition.type === type)

export const isConditionTrue = (conditions: readonly AnyCondition[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True'
