import type { Job } from '../../../kube/generated/batch-v1.ts'

/** Why a Job is not run, when it asks for something that is left out. */
export function unsupported({ spec }: Job): string | undefined {
  const asked = [
    spec.completionMode === 'Indexed' ? 'completionMode: Indexed' : undefined,
    spec.podFailurePolicy ? 'podFailurePolicy' : undefined,
    spec.successPolicy ? 'successPolicy' : undefined,
    spec.backoffLimitPerIndex === undefined ? undefined : 'backoffLimitPerIndex',
    spec.manualSelector ? 'manualSelector' : undefined,
    spec.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller'
      ? 'managedBy'
      : undefined,
  ].filter(field => field !== undefined)
  if (asked.length === 0) return undefined
  return `Drave does not run this Job: it does not support ${asked.join(', ')} yet.`
}
