import type { SuccessPolicy } from '../../../kube/generated/batch-v1.ts'
import { IndexSet } from './index-set.ts'

/** Which rule of a success policy is met, in upstream's words; undefined when none is. */
export function metSuccessPolicy(
  policy: SuccessPolicy | undefined,
  succeeded: IndexSet,
  completions: number,
): string | undefined {
  if (succeeded.size === 0) return undefined
  const met = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined)
      return succeededCount !== undefined && succeeded.size >= succeededCount
    const required = IndexSet.parse(succeededIndexes, completions)
    if (required.size === 0) return false
    const reached = required.overlap(succeeded)
    return reached === required.size || (succeededCount !== undefined && reached >= succeededCount)
  })
  return met < 0 ? undefined : `Matched rules at index ${met}`
}
