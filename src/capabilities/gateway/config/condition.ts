import { toTime } from '../../../lib/clock.ts'
import type { GatewayStatusConditionsItem } from '../kinds/generated/gateway.ts'

export type StatusCondition = GatewayStatusConditionsItem

/** A condition as decided, before it is stamped. */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
}

export const condition = (type: string, status: boolean, reason: string, message = ''): Condition => ({
  type,
  status: status ? 'True' : 'False',
  reason,
  message,
})

/** Conditions for a status: those that say the same as before keep their time. */
export function stamped(
  conditions: readonly Condition[],
  current: readonly StatusCondition[] | undefined,
  stamp: { generation: number | undefined; nowMs: number },
): StatusCondition[] {
  return conditions.map(wanted => {
    const before = current?.find(candidate => candidate.type === wanted.type)
    const lastTransitionTime =
      before?.status === wanted.status ? before.lastTransitionTime : toTime(stamp.nowMs)
    return { ...wanted, lastTransitionTime, observedGeneration: stamp.generation ?? 0 }
  })
}
