import type { Client } from '../../../kernel/client.ts'
import { CliError, type Command, type CommandContext, USAGE_EXIT } from '../../../kernel/command.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { Repository } from '../kinds/repository.ts'
import { printAs } from './print.ts'
import { timeoutSeconds, waitFor } from './wait-for.ts'
import { branchHere, repositoryHere } from './work-tree.ts'

const MAX_TRIES = 20

export const prOpen: Command = {
  path: ['pr', 'open'],
  summary: 'Open a pull request for a branch that was pushed',
  usage: '[REPOSITORY] [BRANCH]',
  examples: [
    'drave pr open meetups add-speakers --title "Show the speakers"',
    'drave pr open   # inside a clone: its repository, the branch that is checked out',
  ],
  flags: {
    title: { summary: 'What the change is', short: 't', value: 'TEXT' },
    body: { summary: 'Why it is made', value: 'TEXT' },
    target: { summary: 'The branch to merge into (default: the default branch)', value: 'BRANCH' },
    draft: { summary: 'Not to be merged yet' },
    timeout: { summary: 'How long to wait for the checks', value: 'DURATION', default: '30s' },
  },
  async run(context) {
    const client = await context.client()
    const { repository, branch } = await whatToOpen(context, client)
    const target = context.flag('target')
    const spec: PullRequest['spec'] = {
      repository,
      sourceBranch: branch,
      title: context.flag('title') ?? titleOf(branch),
      ...(context.flag('body') ? { body: context.flag('body') } : {}),
      ...(target ? { targetBranch: target } : {}),
      ...(context.isSet('draft') ? { draft: true } : {}),
    }
    const created = await create(client, spec)
    const opened = await waitFor<PullRequest>(client, {
      kind: PullRequest,
      ref: { name: created.metadata.name },
      what: `the checks of ${created.metadata.name}`,
      isOver: ({ status }) => (status?.conditions?.length ?? 0) > 0,
      seconds: timeoutSeconds(context.flag('timeout')),
      signal: context.signal,
    })
    const { status } = opened
    const problem = status?.conditions?.find(
      condition => condition.type === 'Ready' && condition.status === 'False',
    )
    printAs(context, opened, () =>
      [
        `Pull request #${status?.number ?? ''} of ${repository} (${opened.metadata.name}): ${spec.title ?? ''}`,
        ...(problem
          ? []
          : [`Merging it would change: ${status?.changes?.summary ?? 'nothing that is known'}`]),
        ...(status?.checks ?? []).map(
          check => `${check.name}: ${check.status}${check.message ? `, ${check.message}` : ''}`,
        ),
      ].join('\n'),
    )
    if (problem)
      throw new CliError(problem.message, {
        hint:
          problem.reason === 'SourceBranchNotFound'
            ? `push it first: git push origin ${branch}`
            : 'it stays open until this is solved, or close it with `drave pr close`',
      })
    const isBroken = status?.checks?.some(check => check.status === 'Failed') === true
    context.note(
      isBroken
        ? 'it is not merged before that is mended and pushed'
        : `see it with: drave pr diff ${opened.metadata.name}\nmerge it with: drave pr merge ${opened.metadata.name}`,
    )
  },
}

async function whatToOpen(
  context: CommandContext,
  client: Client,
): Promise<{ repository: string; branch: string }> {
  const [first, second] = context.args
  const here = second === undefined ? await repositoryHere(context) : undefined
  // One argument inside a clone is the branch, else the repository.
  const repository = here ?? first
  const branch = second ?? (here === undefined ? undefined : (first ?? (await branchHere(context))))
  if (!repository || !branch)
    throw new CliError('name a repository and a branch, or run this inside a clone', {
      hint: 'drave pr open REPOSITORY BRANCH',
      exitCode: USAGE_EXIT,
    })
  if (!(await client.find(Repository, { name: repository }))) {
    const { items } = await client.list(Repository)
    throw new CliError(`there is no repository ${repository}`, {
      hint: `there are ${items.map(item => item.metadata.name).join(', ') || 'none: drave repo create NAME'}`,
    })
  }
  return { repository, branch }
}

const titleOf = (branch: string): string => {
  const words = branch.replace(/^.*\//, '').replaceAll(/[-_]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Creates it under the name of the next free number; somebody else may take a number meanwhile. */
async function create(client: Client, spec: PullRequest['spec']): Promise<PullRequest> {
  const { items } = await client.list(PullRequest)
  const open = items.find(
    item =>
      item.spec.repository === spec.repository &&
      item.spec.sourceBranch === spec.sourceBranch &&
      item.status?.phase !== 'Merged' &&
      item.status?.phase !== 'Closed',
  )
  if (open)
    throw new CliError(`${spec.sourceBranch} has a pull request already: ${open.metadata.name}`, {
      hint: `see it with: drave pr diff ${open.metadata.name}`,
    })
  const taken = items
    .filter(item => item.spec.repository === spec.repository)
    .map(item => item.status?.number ?? 0)
  let number = Math.max(0, ...taken) + 1
  for (let tries = 0; ; tries++, number++)
    try {
      return await client.create(PullRequest, { metadata: { name: `${spec.repository}-${number}` }, spec })
    } catch (error) {
      if (!isAlreadyExists(error) || tries >= MAX_TRIES) throw error
    }
}
