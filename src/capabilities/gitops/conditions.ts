import type { Condition } from '../../kube/generated/meta-v1.ts'
import { toTime } from '../../lib/clock.ts'

/** A condition with the time at which its status last changed. */
export function condition(
  before: readonly Condition[] | undefined,
  now: number,
  next: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>,
): Condition {
  const same = before?.find(known => known.type === next.type && known.status === next.status)
  return { ...next, lastTransitionTime: same?.lastTransitionTime ?? toTime(now) }
}
