import type { Check, PullRequest } from '../kinds/pull-request.ts'

export interface MergeFacts {
  headSHA: string
  conflicts: readonly string[]
  /** The source branch has nothing that the target has not. */
  isContained: boolean
  /** Whether what the merge makes of the target branch still renders. */
  checks: readonly Check[]
}

export type MergeDecision =
  | { kind: 'none' }
  | { kind: 'merge' }
  | { kind: 'refused'; reason: string; message: string }

/** Whether a pull request is merged now, as `spec.merge` asks. */
export function decideMerge({ spec }: PullRequest, facts: MergeFacts): MergeDecision {
  const { merge } = spec
  if (!merge) return { kind: 'none' }
  const refused = (reason: string, message: string): MergeDecision => ({ kind: 'refused', reason, message })
  if (spec.draft) return refused('Draft', 'a draft is not merged; set spec.draft to false first')
  if (merge.sha && merge.sha !== facts.headSHA)
    return refused(
      'HeadMoved',
      `the merge was asked for at ${merge.sha.slice(0, 12)}, but the head is ${facts.headSHA.slice(0, 12)} now`,
    )
  if (facts.isContained)
    return refused('NothingToMerge', `${spec.sourceBranch} has no commit that the target branch has not`)
  if (facts.conflicts.length > 0)
    return refused('Conflict', `these files do not merge: ${facts.conflicts.slice(0, 20).join(', ')}`)
  const failed = facts.checks.filter(check => check.status === 'Failed')
  if (failed.length > 0 && !merge.force)
    return refused(
      'ChecksFailed',
      failed.map(({ name, message }) => `the check ${name} has failed: ${message ?? 'no reason'}`).join('; '),
    )
  return { kind: 'merge' }
}

/** The message of the merge's commit. */
export function mergeMessage({ spec, metadata }: PullRequest, number: number): string {
  const { method = 'merge', message } = spec.merge ?? {}
  if (message) return message
  const title = spec.title || spec.sourceBranch
  const head =
    method === 'squash' ? `${title} (#${number})` : `Merge pull request #${number} from ${spec.sourceBranch}`
  const body = method === 'squash' ? (spec.body ?? '') : title
  return `${head}\n\n${body ? `${body}\n\n` : ''}Pull-Request: ${metadata.name}\n`
}

/** The number of a new pull request: the one in its name (`REPOSITORY-N`) when that is free, else the next. */
export function chooseNumber(pullRequest: PullRequest, taken: ReadonlySet<number>): number {
  const { repository } = pullRequest.spec
  const { name } = pullRequest.metadata
  const suffix = name.startsWith(`${repository}-`) ? name.slice(repository.length + 1) : ''
  const wished = /^[1-9]\d{0,8}$/.test(suffix) ? Number(suffix) : undefined
  if (wished !== undefined && !taken.has(wished)) return wished
  return Math.max(0, ...taken) + 1
}
