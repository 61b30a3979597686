import type { Job } from '../../../kube/generated/batch-v1.ts'

/** Why a Job is not run, when it asks for something that is left out. */
export function unsupported({ spec }: Job): string | undefined {
  const asked = [
    spec.completionMode === 'Indexed' ? 'completionMode: Indexed' : undefined,
    spec.podFailurePolicy ? 'podFailurePolicy' : undefined,
    spec.successPolicy ? 'successPolicy' : undefined,
    spec.backoffLimitPerIndex === undefined ? undefined : 'backoffLimitPerIndex',
    spec.manualSelector ? 'manualSelector' : undefined,
  ].filter(field => field !== undefined)
  if (asked.length === 0) return undefined
  return `Drave does not run this Job: it does not support ${asked.join(', ')} yet.`
}

/** The other controller that a Job is left to. */
export const managedElsewhere = ({ spec: { managedBy } }: Job): string | undefined =>
  managedBy === 'kubernetes.io/job-controller' ? undefined : managedBy
