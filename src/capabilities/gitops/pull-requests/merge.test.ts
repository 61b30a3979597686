import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { commit, git, workTree, temporaryFolder } from '../git/git.fixture.ts'
import { Git } from '../git/git-command.ts'
import { Merger } from '../git/merge.ts'
import { gitops } from '../index.ts'
import { type Check, PullRequest } from '../kinds/pull-request.ts'
import { Repository } from '../kinds/repository.ts'
import { changesSummary } from './check-changes.ts'
import { chooseNumber, decideMerge, mergeMessage } from './merge-decision.ts'

const pullRequest = (spec: Partial<PullRequest['spec']>, name = 'site-3') =>
  ({ metadata: { name }, spec: { repository: 'site', sourceBranch: 'feature', ...spec } }) as PullRequest

describe('decideMerge', () => {
  const head = 'a'.repeat(40)
  const facts = { headSHA: head, conflicts: [] as string[], isContained: false, checks: [] as Check[] }
  const checks: Check[] = [{ name: 'render', status: 'Failed', message: 'argocd/site: broken' }]
  it.each<[string, Partial<PullRequest['spec']>, Partial<typeof facts>, string]>([
    ['not asked for', {}, {}, 'none'],
    ['asked for', { merge: {} }, {}, 'merge'],
    ['asked for at this head', { merge: { sha: head } }, {}, 'merge'],
    ['asked for at another head', { merge: { sha: 'b'.repeat(40) } }, {}, 'HeadMoved'],
    ['a draft', { merge: {}, draft: true }, {}, 'Draft'],
    ['conflicts', { merge: {} }, { conflicts: ['f'] }, 'Conflict'],
    ['a failed check', { merge: {} }, { checks }, 'ChecksFailed'],
    ['a failed check, all the same', { merge: { force: true } }, { checks }, 'merge'],
    ['conflicts, all the same', { merge: { force: true } }, { conflicts: ['f'], checks }, 'Conflict'],
    ['nothing new', { merge: {} }, { isContained: true }, 'NothingToMerge'],
  ])('%s', (_, spec, more, expected) => {
    const decision = decideMerge(pullRequest(spec), { ...facts, ...more })
    expect(decision.kind === 'refused' ? decision.reason : decision.kind).toBe(expected)
  })

  it.each([
    ['site-3', [], 3],
    ['site-3', [3], 4],
    ['other', [1, 5], 6],
    ['site-0', [], 1],
    ['site-x', [2], 3],
  ])('%s with %j taken is number %d', (name, taken, expected) =>
    expect(chooseNumber(pullRequest({}, name), new Set(taken))).toBe(expected),
  )

  it('writes messages', () => {
    expect(mergeMessage(pullRequest({ title: 'T' }), 3)).toBe(
      'Merge pull request #3 from feature\n\nT\n\nPull-Request: site-3\n',
    )
    expect(mergeMessage(pullRequest({ title: 'T', body: 'B', merge: { method: 'squash' } }), 3)).toBe(
      'T (#3)\n\nB\n\nPull-Request: site-3\n',
    )
  })
})

describe('changesSummary', () => {
  const [good, bad] = [
    { application: 'a', differences: [] },
    { application: 'b', differences: [], error: 'e' },
  ]
  it.each([
    ['no change', [good]],
    ['unknown for 1 Application that does not render', [bad]],
    ['no change; unknown for 2 Applications that do not render', [bad, good, bad]],
  ])('%s', (expected, changes) => expect(changesSummary(changes)).toBe(expected))
})

describe('Merger', () => {
  it('moves a branch only from where it was', async () => {
    using folder = temporaryFolder()
    const work = workTree(folder.path, 'work', { a: '1' })
    const second = commit(work.path, { a: '2' })
    const merger = new Merger(new Git())
    const directory = join(work.path, '.git')
    const ref = 'refs/heads/other'
    expect(await merger.setRef(directory, ref, { commit: work.head })).toBe(true)
    expect(await merger.setRef(directory, ref, { commit: second, expected: second })).toBe(false)
    expect(await merger.setRef(directory, ref, { commit: second, expected: work.head })).toBe(true)
    expect(git(work.path, 'rev-parse', 'other')).toBe(second)
  })
})

describe('a merge that was cut off', () => {
  const identity = { name: 'Drave', email: 'noreply@drave.dev' }

  it.each([
    ['before the branch moved', false],
    ['after the branch moved', true],
  ])('%s happens once', async (_, hasMoved) => {
    await using test = await startTestKernel({ capabilities: [gitops] })
    using folder = temporaryFolder()
    const { client, dataDirectory } = test.kernel
    await client.create(Repository, { metadata: { name: 'site' }, spec: {} })
    await until('the repository', async () => (await client.get(Repository, { name: 'site' })).status?.url)
    const directory = join(dataDirectory.folder('git/repositories'), 'site.git')
    const work = workTree(folder.path, 'work', { a: '1' })
    const head = commit(work.path, { a: '2' })
    git(work.path, 'push', '--quiet', directory, `${work.head}:refs/heads/main`, `${head}:refs/heads/feature`)
    // What the process had done when it ended.
    const merger = new Merger(new Git())
    const { tree } = await merger.tryMerge(directory, work.head, head)
    const made = { directory, tree, base: work.head, head, method: 'merge' as const, message: 'm', time: 1 }
    const prepared = await merger.commit({ ...made, author: identity })
    await merger.setRef(directory, 'refs/pull/1/merge', { commit: prepared })
    if (hasMoved) await merger.setRef(directory, 'refs/heads/main', { commit: prepared, expected: work.head })
    await client.create(PullRequest, {
      metadata: { name: 'site-1' },
      spec: { repository: 'site', sourceBranch: 'feature', merge: { sha: head } },
    })
    const merged = await until('the merge', async () => {
      const { status } = await client.get(PullRequest, { name: 'site-1' })
      return status?.phase === 'Merged' ? status : undefined
    })
    if (hasMoved) expect(merged.mergeCommit).toBe(prepared)
    expect(git(work.path, 'ls-remote', directory, 'refs/heads/main')).toContain(merged.mergeCommit)
    git(work.path, 'fetch', '--quiet', directory, 'main')
    expect(git(work.path, 'rev-list', '--merges', '--count', 'FETCH_HEAD')).toBe('1')
  })
})
