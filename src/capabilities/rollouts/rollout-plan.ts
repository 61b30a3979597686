import type { ReplicaSet } from '../../kube/generated/apps-v1.ts'
import type { Pod } from '../../kube/generated/core-v1.ts'
import type { RunsPlan } from './canary/runs.ts'
import type { ScaleTarget } from './canary/scale.ts'
import type { RolloutStatus } from './kinds/generated/rollout.ts'

export interface PlannedEvent {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

/** What to do for a Rollout now. Effects happen in the order of the fields. */
export interface Plan {
  /** Set when the ReplicaSet of the current template does not exist: its size. */
  create: number | undefined
  /** The revision of the current template. */
  revision: number
  /** Hashes that the Services should select. */
  selectors: { stable: string | undefined; canary: string | undefined }
  /** The canary weight for the routes; undefined without traffic routing. */
  weight: number | undefined
  status: RolloutStatus
  runs: RunsPlan
  scale: ScaleTarget[]
  /** Pods that a restart replaces now. */
  restart: Pod[]
  /** Empty ReplicaSets beyond the history limit. */
  remove: ReplicaSet[]
  events: PlannedEvent[]
  /** When time alone can change the plan. */
  wakeAtMs: number | undefined
}
