import type { Job, JobCondition } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'

/** Keeps a finished pod in the API until it has been counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking'
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index'

export const isTracked = ({ metadata }: Pod): boolean => (metadata.finalizers ?? []).includes(TRACKING)

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed'

export const hasLimitPerIndex = ({ spec }: Job): boolean => spec.backoffLimitPerIndex !== undefined

/** The completion index of a pod; undefined where it has none that is valid. */
export function completionIndexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[COMPLETION_INDEX] ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** Whether terminating pods are waited for before they are replaced. */
export const replacesOnlyFailed = ({ spec }: Job): boolean =>
  spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined

/** A pod that somebody deletes has failed as well, unless it is waited for or succeeded. */
export function isPodFailed({ status, metadata }: Pod, job: Job): boolean {
  if (status?.phase === 'Failed') return true
  if (replacesOnlyFailed(job)) return false
  return metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded'
}

export const finishedCondition = (job: Job): JobCondition | undefined =>
  job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )

/** The other controller that a Job is left to. */
export const managedElsewhere = ({ spec: { managedBy } }: Job): string | undefined =>
  managedBy === 'kubernetes.io/job-controller' ? undefined : managedBy
