import type { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'

/** Why a pull request cannot be merged from the page now; undefined when it can. */
export function mergeBlock({ spec, status }: PullRequest): string | undefined {
  if (spec.draft) return 'It is a draft.'
  if ((status?.conflicts?.length ?? 0) > 0) return `Its files conflict with ${status?.targetBranch}.`
  const failed = status?.checks?.filter(check => check.status === 'Failed') ?? []
  if (failed.length > 0) return `The check ${failed.map(check => check.name).join(', ')} has failed.`
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False') return ready.message
  return status?.mergeable === false ? `${spec.sourceBranch} has nothing to merge.` : undefined
}
