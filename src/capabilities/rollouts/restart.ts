import type { Pod } from '../../kube/generated/core-v1.ts'
import { toTime } from '../../lib/clock.ts'
import type { Rollout, RolloutStatus } from './kinds/generated/rollout.ts'
import { countsOf, type Observed } from './observed.ts'
import { fencepostsOf } from './spec-defaults.ts'

export interface RestartPlan {
  /** Pods to delete now; their ReplicaSets make new ones. */
  delete: Pod[]
  /** `spec.restartAt` once no pod is older. */
  restartedAt: string | undefined
  /** When the restart is due. */
  wakeAtMs: number | undefined
}

const none: RestartPlan = { delete: [], restartedAt: undefined, wakeAtMs: undefined }

/**
 * Which pods `spec.restartAt` asks to replace now: those older than it, the oldest first, as many at a time as may be
 * unavailable (one at least), and none while a pod is missing.
 */
export function planRestart(observed: Observed): RestartPlan {
  const { rollout, canary, stable, older, pods, nowMs } = observed
  const { restartAt } = rollout.spec
  const dueMs = Date.parse(restartAt ?? '')
  if (restartAt === undefined || Number.isNaN(dueMs) || isRestarted(rollout, rollout.status)) return none
  if (dueMs > nowMs) return { ...none, wakeAtMs: dueMs }
  const old = pods.filter(
    ({ metadata }) =>
      Date.parse(metadata.creationTimestamp) < dueMs && metadata.deletionTimestamp === undefined,
  )
  if (old.length === 0) return { ...none, restartedAt: toTime(dueMs) }
  const counts = [...new Set([canary, stable, ...older])].map(countsOf)
  const missing = counts.reduce((sum, { replicas, available }) => sum + Math.max(0, replicas - available), 0)
  const leaving = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
  const room = Math.max(1, fencepostsOf(rollout).maxUnavailable) - missing - leaving
  const oldest = old.toSorted((left, right) =>
    left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp),
  )
  return { ...none, delete: oldest.slice(0, Math.max(0, room)) }
}

/** Whether the last restart that was asked for is done. */
export const isRestarted = (rollout: Rollout, status: RolloutStatus | undefined): boolean =>
  rollout.spec.restartAt === undefined ||
  Date.parse(status?.restartedAt ?? '') === Date.parse(rollout.spec.restartAt)
