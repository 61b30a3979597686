import type { ReplicaSet } from '../../kube/generated/apps-v1.ts'
import type { Pod } from '../../kube/generated/core-v1.ts'
import type { AnalysisRun } from './kinds/generated/analysis-run.ts'
import type { Rollout } from './kinds/generated/rollout.ts'
import { HASH_LABEL, REVISION, SCALE_DOWN_DEADLINE } from './names.ts'
import type { Counts } from './canary/replica-counts.ts'

/** How traffic flows now, where a router splits it. */
export interface TrafficObserved {
  /** The canary weight that all routes carry; undefined when they disagree or carry something else. */
  weight: number | undefined
  /** Hashes that the Services select. */
  stableSelected: string | undefined
  canarySelected: string | undefined
  /** Endpoints have matched the selection for long enough that gateways know them. */
  stableServing: boolean
  canaryServing: boolean
}

/** Everything that the decision about a Rollout rests on. */
export interface Observed {
  rollout: Rollout
  /** The hash of the pod template as it is now. */
  hash: string
  /** The ReplicaSet of that hash, once it exists. */
  canary: ReplicaSet | undefined
  /** The ReplicaSet of `status.stableRS`; the same object as `canary` when fully promoted. */
  stable: ReplicaSet | undefined
  /** All other ReplicaSets of the Rollout. */
  older: readonly ReplicaSet[]
  runs: readonly AnalysisRun[]
  /** Pods of all its ReplicaSets, where a restart is asked for. */
  pods: readonly Pod[]
  traffic: TrafficObserved | undefined
  nowMs: number
}

export const countsOf = (replicaSet: ReplicaSet | undefined): Counts => ({
  replicas: replicaSet?.spec?.replicas ?? 0,
  available: replicaSet?.status?.availableReplicas ?? 0,
})
export const hashOf = (object: { metadata: { labels?: Record<string, string> | undefined } }): string =>
  object.metadata.labels?.[HASH_LABEL] ?? ''
export const revisionOf = (object: {
  metadata: { annotations?: Record<string, string> | undefined }
}): number => Number(object.metadata.annotations?.[REVISION] ?? 0) || 0

/** When a ReplicaSet that is kept for a while may be scaled down; undefined where nothing is set. */
export function deadlineOf(replicaSet: ReplicaSet): number | undefined {
  const ms = Date.parse(replicaSet.metadata.annotations?.[SCALE_DOWN_DEADLINE] ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
