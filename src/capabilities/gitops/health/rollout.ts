import type { KubeObject } from '../../../kube/object.ts'
import {
  type ConditionLike,
  conditionOf,
  degraded,
  type Health,
  healthy,
  progressing,
  suspended,
} from './health-status.ts'

/** What of an Argo Rollout is looked at; the kind belongs to another capability. */
export interface RolloutLike extends KubeObject {
  spec?: { paused?: boolean | undefined } | undefined
  status?:
    | {
        observedGeneration?: string | undefined
        phase?: string | undefined
        message?: string | undefined
        abort?: boolean | undefined
        conditions?: ConditionLike[] | undefined
        pauseConditions?: { reason: string }[] | undefined
      }
    | undefined
}

/** As Argo CD's check for Rollouts: aborted is Degraded, paused is Suspended. */
export function rolloutHealth(rollout: RolloutLike): Health {
  const status = rollout.status ?? {}
  if (status.observedGeneration !== String(rollout.metadata.generation ?? ''))
    return progressing('Waiting for rollout spec update to be observed')
  const invalid = conditionOf(status.conditions, 'InvalidSpec')
  if (invalid?.status === 'True') return degraded(invalid.message)
  const progress = conditionOf(status.conditions, 'Progressing')
  if (
    status.abort ||
    progress?.reason === 'RolloutAborted' ||
    progress?.reason === 'ProgressDeadlineExceeded'
  )
    return degraded(progress?.message ?? status.message)
  switch (status.phase) {
    case 'Degraded':
      return degraded(status.message)
    case 'Paused':
      return suspended(status.message ?? 'Rollout is paused')
    case 'Healthy':
      return healthy(status.message)
  }
  if (rollout.spec?.paused || (status.pauseConditions?.length ?? 0) > 0)
    return suspended(status.message ?? 'Rollout is paused')
  return progressing(status.message)
}
