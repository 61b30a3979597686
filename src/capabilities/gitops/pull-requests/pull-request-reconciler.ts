import type { Kernel } from '../../../kernel/capability.ts'
import { toTime } from '../../../lib/clock.ts'
import { mergePatchBetween } from '../application/application-status.ts'
import { condition } from '../conditions.ts'
import type { Condition } from '../../../kube/generated/meta-v1.ts'
import { Merger, type MergeTrial } from '../git/merge.ts'
import { isRefName } from '../git/names.ts'
import type { GitRepository } from '../git/repository.ts'
import { type Gitops, gitopsOf } from '../gitops.ts'
import { Application } from '../kinds/generated/application.ts'
import { type Check, PullRequest } from '../kinds/pull-request.ts'
import { DEFAULT_BRANCH, Repository } from '../kinds/repository.ts'
import { changesSummary, checkChanges } from './check-changes.ts'
import { chooseNumber, decideMerge, mergeMessage } from './merge-decision.ts'
import { type ApplicationChanges, renderedChanges } from './rendered-changes.ts'

type Status = NonNullable<PullRequest['status']>

/** Objects listed in status.changes; the summary counts all. */
const MAX_OBJECTS = 100
const author = { name: 'Drave', email: 'noreply@drave.dev' }

/** Brings one pull request on: numbers it, keeps its refs, checks what it would change, merges or closes it. */
export class PullRequestReconciler {
  readonly #kernel: Kernel
  readonly #gitops: Gitops
  readonly #merger: Merger

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#gitops = gitopsOf(kernel)
    this.#merger = new Merger(this.#gitops.git)
  }

  async reconcile(name: string): Promise<void> {
    const { client } = this.#kernel
    const pullRequest = await client.find(PullRequest, { name })
    const subscriber = `pull-request:${name}`
    const { phase } = pullRequest?.status ?? {}
    if (!pullRequest || pullRequest.metadata.deletionTimestamp || phase === 'Merged' || phase === 'Closed') {
      this.#gitops.sources.unsubscribe(subscriber)
      return
    }
    const status = await this.#next(pullRequest)
    const change = mergePatchBetween(pullRequest.status ?? {}, status)
    if (change !== undefined)
      await client.patch(PullRequest, { name }, { status: change }, { subresource: 'status' })
    if (status.phase === 'Merged') {
      const message = `Merged ${pullRequest.spec.sourceBranch} as ${status.mergeCommit ?? ''}`
      this.#kernel.events.record(pullRequest, {
        type: 'Normal',
        reason: 'Merged',
        message,
        component: 'gitops',
      })
    }
  }

  async #next(pullRequest: PullRequest): Promise<Status> {
    const { client, clock } = this.#kernel
    const { spec } = pullRequest
    const before = pullRequest.status ?? {}
    const owner = await client.find(Repository, { name: spec.repository })
    const repository = owner && this.#gitops.local.get(spec.repository)
    const number = before.number ?? (await this.#number(pullRequest))
    const defaultBranch = owner?.spec.defaultBranch ?? DEFAULT_BRANCH
    const targetBranch = spec.targetBranch ?? defaultBranch
    const open: Status = { ...before, number, targetBranch, phase: 'Open' }
    const now = clock.now()
    // The generation tells whoever changed the spec that this is the answer to it.
    const { generation: observedGeneration } = pullRequest.metadata
    const conclude = (next: Parameters<typeof condition>[2]): Condition => ({
      ...condition(before.conditions, now, next),
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    })
    const notReady = (reason: string, message: string): Status => ({
      ...open,
      mergeable: false,
      conditions: [conclude({ type: 'Ready', status: 'False', reason, message })],
    })
    if (spec.close) return { ...open, phase: 'Closed', closedAt: toTime(now) }
    if (!repository) return notReady('RepositoryNotFound', `there is no Repository ${spec.repository}`)
    await this.#own(pullRequest, owner)
    for (const branch of [spec.sourceBranch, targetBranch])
      if (!isRefName(branch)) return notReady('InvalidSpec', `"${branch}" is not a branch name`)
    this.#gitops.sources.subscribe(
      `pull-request:${pullRequest.metadata.name}`,
      [spec.sourceBranch, targetBranch].map(branch => ({
        url: `${this.#kernel.endpoints.get('git') ?? ''}/${spec.repository}.git`,
        revision: `refs/heads/${branch}`,
      })),
    )
    const { directory } = repository
    const base = await repository.resolveRef(`refs/heads/${targetBranch}`)
    if (!base) return notReady('TargetBranchNotFound', `there is no branch ${targetBranch} to merge into`)
    const merged = await this.#finishedMerge(repository, { number, base })
    if (merged) return this.#merged(open, merged)
    const head = await repository.resolveRef(`refs/heads/${spec.sourceBranch}`)
    if (!head) return notReady('SourceBranchNotFound', `there is no branch ${spec.sourceBranch}`)
    await this.#keepHead(repository, number, head)
    const ancestor = await this.#merger.mergeBase(directory, base, head)
    if (!ancestor)
      return notReady('UnrelatedHistories', `${spec.sourceBranch} and ${targetBranch} have no common commit`)
    const trial = await this.#merger.tryMerge(directory, base, head)
    const isContained = ancestor === head
    const changes = await this.changes(repository, { pullRequest, base, trial, targetBranch, defaultBranch })
    const checks = checkChanges(changes)
    const { conflicts } = trial
    const decision = decideMerge(pullRequest, { headSHA: head, conflicts, isContained, checks })
    if (decision.kind === 'merge') {
      const commit = await this.#merge(pullRequest, repository, { number, base, head, trial, targetBranch })
      return commit
        ? this.#merged({ ...open, headSHA: head, baseSHA: base }, commit)
        : notReady('TargetMoved', `${targetBranch} has moved; merging is tried again`)
    }
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Open',
      message: 'the pull request can be looked at',
    }
    const conditions = [conclude(ready)]
    if (decision.kind === 'refused') {
      const { reason, message } = decision
      conditions.push(conclude({ type: 'Merged', status: 'False', reason, message }))
    }
    const next: Status = {
      ...open,
      headSHA: head,
      baseSHA: base,
      mergeable:
        conflicts.length === 0 &&
        !isContained &&
        spec.draft !== true &&
        checks.every(check => check.status === 'Passed'),
      checks: checksWithMerge(checks, trial),
      changes: changesStatus(changes),
      conditions,
    }
    delete next.conflicts
    if (conflicts.length > 0) next.conflicts = conflicts.slice(0, MAX_OBJECTS)
    return next
  }

  /** What merging would change, object by object. */
  async changes(
    repository: GitRepository,
    inputs: {
      pullRequest: PullRequest
      base: string
      trial: MergeTrial
      targetBranch: string
      defaultBranch: string
    },
  ): Promise<ApplicationChanges[]> {
    const { pullRequest, base, trial, targetBranch, defaultBranch } = inputs
    const parts = { ...this.#gitops, client: this.#kernel.client }
    return await renderedChanges(parts, {
      repository: pullRequest.spec.repository,
      directory: repository.directory,
      targetBranch,
      defaultBranch,
      before: await repository.tree(base),
      after: await repository.tree(trial.tree),
      applications: this.#kernel.informers.for(Application).list(),
    })
  }

  /** The full rendered difference of an open or finished pull request. */
  async diff(pullRequest: PullRequest): Promise<ApplicationChanges[]> {
    const { spec, status } = pullRequest
    const repository = this.#gitops.local.get(spec.repository)
    const owner = await this.#kernel.client.find(Repository, { name: spec.repository })
    const targetBranch =
      status?.targetBranch ?? spec.targetBranch ?? owner?.spec.defaultBranch ?? DEFAULT_BRANCH
    if (!repository) return []
    const isMerged = status?.phase === 'Merged'
    const base = isMerged ? status.baseSHA : await repository.resolveRef(`refs/heads/${targetBranch}`)
    const head = status?.headSHA ?? (await repository.resolveRef(`refs/heads/${spec.sourceBranch}`))
    if (!base || !head) return []
    const trial = await this.#merger.tryMerge(repository.directory, base, head)
    const defaultBranch = owner?.spec.defaultBranch ?? DEFAULT_BRANCH
    return await this.changes(repository, { pullRequest, base, trial, targetBranch, defaultBranch })
  }

  #merged(open: Status, commit: string): Status {
    const next: Status = {
      ...open,
      phase: 'Merged',
      mergeCommit: commit,
      mergedAt: toTime(this.#kernel.clock.now()),
      conditions: [
        condition(open.conditions, this.#kernel.clock.now(), {
          type: 'Merged',
          status: 'True',
          reason: 'Merged',
          message: `merged as ${commit}`,
        }),
      ],
    }
    delete next.mergeable
    delete next.conflicts
    return next
  }

  async #number(pullRequest: PullRequest): Promise<number> {
    const { client } = this.#kernel
    const { items } = await client.list(PullRequest)
    const taken = items
      .filter(other => other.spec.repository === pullRequest.spec.repository)
      .flatMap(other => other.status?.number ?? [])
    const number = chooseNumber(pullRequest, new Set(taken))
    // Written at once, so that the next pull request sees it taken.
    await client.patch(
      PullRequest,
      { name: pullRequest.metadata.name },
      { status: { number, phase: 'Open' } },
      { subresource: 'status' },
    )
    return number
  }

  /** A pull request goes with its repository. */
  async #own({ metadata }: PullRequest, owner: Repository): Promise<void> {
    if (metadata.ownerReferences?.some(reference => reference.uid === owner.metadata.uid)) return
    const reference = {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name,
      uid: owner.metadata.uid,
    }
    const ownerReferences = [...(metadata.ownerReferences ?? []), reference]
    await this.#kernel.client.patch(PullRequest, { name: metadata.name }, { metadata: { ownerReferences } })
  }

  async #keepHead(repository: GitRepository, number: number, head: string): Promise<void> {
    const { directory } = repository
    if ((await repository.resolveRef(`refs/pull/${number}/head`)) === head) return
    await this.#merger.setRef(directory, `refs/pull/${number}/head`, { commit: head })
  }

  /** The commit of a merge that reached its branch before the process ended. */
  async #finishedMerge(
    repository: GitRepository,
    { number, base }: { number: number; base: string },
  ): Promise<string | undefined> {
    const prepared = await repository.resolveRef(`refs/pull/${number}/merge`)
    if (!prepared) return undefined
    return (await this.#merger.isAncestor(repository.directory, prepared, base)) ? prepared : undefined
  }

  /**
   * Merges in two steps, so that it happens once whatever happens: first the commit is written down under
   * refs/pull/N/merge, then the branch is moved to it, if it is still where it was.
   */
  async #merge(
    pullRequest: PullRequest,
    { directory }: GitRepository,
    facts: { number: number; base: string; head: string; trial: MergeTrial; targetBranch: string },
  ): Promise<string | undefined> {
    const { number, base, head, trial, targetBranch } = facts
    const commit = await this.#merger.commit({
      directory,
      tree: trial.tree,
      base,
      head,
      method: pullRequest.spec.merge?.method ?? 'merge',
      message: mergeMessage(pullRequest, number),
      time: Math.floor(this.#kernel.clock.now() / 1000),
      author,
    })
    await this.#merger.setRef(directory, `refs/pull/${number}/merge`, { commit })
    const ref = `refs/heads/${targetBranch}`
    if (!(await this.#merger.setRef(directory, ref, { commit, expected: base }))) {
      this.#gitops.local.notify(pullRequest.spec.repository)
      return undefined
    }
    this.#gitops.local.notify(pullRequest.spec.repository)
    return commit
  }
}

const checksWithMerge = (checks: readonly Check[], { conflicts }: MergeTrial): Check[] => [
  conflicts.length === 0
    ? { name: 'merge', status: 'Passed' }
    : {
        name: 'merge',
        status: 'Failed',
        message: `${conflicts.length} files do not merge: ${conflicts.slice(0, 20).join(', ')}`,
      },
  ...checks,
]

function changesStatus(changes: readonly ApplicationChanges[]): NonNullable<Status['changes']> {
  const differences = changes.flatMap(change => change.differences)
  const count = (action: string) => differences.filter(difference => difference.action === action).length
  const objects = changes.flatMap(({ application, differences: own }) =>
    own.map(({ diff: _, ...object }) => ({ application, ...object })),
  )
  return {
    summary: changesSummary(changes),
    added: count('added'),
    changed: count('changed'),
    removed: count('removed'),
    ...(objects.length > 0 ? { objects: objects.slice(0, MAX_OBJECTS) } : {}),
  }
}
