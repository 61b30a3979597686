import type { Rollout, RolloutSpecStrategyCanary } from './kinds/generated/rollout.ts'

/** Defaults as in Argo Rollouts' utils/defaults. */
export const replicasOf = (rollout: Rollout): number => rollout.spec.replicas ?? 1
export const canaryOf = (rollout: Rollout): RolloutSpecStrategyCanary => rollout.spec.strategy?.canary ?? {}
export const hasTrafficRouting = (rollout: Rollout): boolean => canaryOf(rollout).trafficRouting !== undefined
/** The sum of both weights, in which steps are measured. */
export const totalWeightOf = (rollout: Rollout): number =>
  canaryOf(rollout).trafficRouting?.maxTrafficWeight ?? 100
export const progressDeadlineMs = (rollout: Rollout): number =>
  (rollout.spec.progressDeadlineSeconds ?? 600) * 1000
export const scaleDownDelayMs = (rollout: Rollout): number =>
  hasTrafficRouting(rollout) ? (canaryOf(rollout).scaleDownDelaySeconds ?? 30) * 1000 : 0
/** How long an aborted canary stays; undefined (from 0) means it is not scaled down. */
export function abortScaleDownDelayMs(rollout: Rollout): number | undefined {
  if (!hasTrafficRouting(rollout)) return 0
  const seconds = canaryOf(rollout).abortScaleDownDelaySeconds ?? 30
  return seconds === 0 ? undefined : seconds * 1000
}

function scaled(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  // A string without a percent sign counts as a percentage too, as in upstream's helper.
  const percent = Number(value.replace('%', ''))
  return Number.isFinite(percent) ? round((percent * total) / 100) : 0
}

/** maxSurge rounds up, maxUnavailable down; when both come to zero one pod may be unavailable. The defaults are 25 %. */
export function fencepostsOf(rollout: Rollout): { maxSurge: number; maxUnavailable: number } {
  const total = replicasOf(rollout)
  const { maxSurge = '25%', maxUnavailable = '25%' } = canaryOf(rollout)
  const surge = scaled(maxSurge, total, Math.ceil)
  const unavailable = scaled(maxUnavailable, total, Math.floor)
  return {
    maxSurge: surge,
    maxUnavailable: Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, total),
  }
}
