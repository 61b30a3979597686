import type { Observed } from '../observed.ts'

/** Upstream's rollbackWindow: going back to a recent revision skips steps and analyses. */
export function isWithinRollbackWindow({ rollout, canary, stable, older }: Observed): boolean {
  const window = rollout.spec.rollbackWindow?.revisions
  if (window === undefined || !canary || !stable || canary === stable) return false
  const [from, to] = [canary.metadata.creationTimestamp, stable.metadata.creationTimestamp]
  if (from >= to) return false
  const between = older.filter(
    ({ metadata }) => metadata.creationTimestamp > from && metadata.creationTimestamp < to,
  )
  return between.length + 1 <= window
}
