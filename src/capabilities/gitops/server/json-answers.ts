import type { Kernel } from '../../../kernel/capability.ts'
import { Application } from '../kinds/generated/application.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { liveDiff } from '../application/live-diff.ts'
import { PullRequestReconciler } from '../pull-requests/pull-request-reconciler.ts'
import type { JsonAnswers } from './git-server.ts'

/**
 * Differences that are too long for a status: `/-/pull-requests/NAME/diff` is a list of ApplicationChanges,
 * `/-/applications/NAMESPACE/NAME/diff` a list of ObjectDiff.
 */
export const jsonAnswers = (kernel: Kernel): JsonAnswers => {
  const pullRequests = new PullRequestReconciler(kernel)
  return async path => {
    const [kind, ...names] = path
    if (names.at(-1) !== 'diff') return undefined
    if (kind === 'pull-requests' && names.length === 2) {
      const pullRequest = await kernel.client.find(PullRequest, { name: names[0] ?? '' })
      return pullRequest && (await pullRequests.diff(pullRequest))
    }
    if (kind === 'applications' && names.length === 3) {
      const [namespace = '', name = ''] = names
      const app = await kernel.client.find(Application, { namespace, name })
      return app && (await liveDiff(kernel, app))
    }
    return undefined
  }
}
