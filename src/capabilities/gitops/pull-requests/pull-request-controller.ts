import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { gitopsOf } from '../gitops.ts'
import { Application } from '../kinds/generated/application.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { Repository } from '../kinds/repository.ts'
import { PullRequestReconciler } from './pull-request-reconciler.ts'

const BY_REPOSITORY = 'repository'

/** Wakes for pull requests: their own changes, their repository's, pushes to it, and Applications that read it. */
export const pullRequestController = (kernel: Kernel): Controller => {
  const { local, sources } = gitopsOf(kernel)
  const pullRequests = kernel.informers.for(PullRequest)
  pullRequests.addIndex(BY_REPOSITORY, object => [object.spec.repository])
  const reconciler = new PullRequestReconciler(kernel)
  const openIn = (repository: string): string[] =>
    pullRequests
      .by(BY_REPOSITORY, repository)
      .filter(object => object.status?.phase !== 'Merged' && object.status?.phase !== 'Closed')
      .map(object => object.metadata.name)
  return {
    name: 'gitops-pull-request',
    watches: [
      objectsOf(PullRequest),
      mappedFrom(Repository, repository => openIn(repository.metadata.name)),
      mappedFrom(Application, app => {
        const name = app.spec.source && sources.localName(app.spec.source.repoURL)
        return name === undefined ? [] : openIn(name)
      }),
    ],
    // One at a time: two merges into one branch would only be in each other's way.
    concurrency: 1,
    wakes(wake) {
      const pushes = local.onChange(name => {
        for (const key of openIn(name)) wake(key)
      })
      const polls = sources.onChange(subscriber => {
        if (subscriber.startsWith('pull-request:')) wake(subscriber.slice('pull-request:'.length))
      })
      return {
        [Symbol.dispose]() {
          pushes[Symbol.dispose]()
          polls[Symbol.dispose]()
        },
      }
    },
    reconcile: name => reconciler.reconcile(name),
  }
}
