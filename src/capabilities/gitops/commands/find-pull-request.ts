import type { Client } from '../../../kernel/client.ts'
import { CliError, type CommandContext, USAGE_EXIT } from '../../../kernel/command.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { repositoryHere } from './work-tree.ts'

/** The pull request that arguments name: `NAME`, `REPOSITORY NUMBER`, `REPOSITORY#NUMBER`, or `NUMBER` inside a clone. */
export async function findPullRequest(context: CommandContext, client: Client): Promise<PullRequest> {
  const { items } = await client.list(PullRequest)
  const [first, second] = context.args
  if (!first)
    throw new CliError('name a pull request', {
      hint: 'list them with `drave pr list`',
      exitCode: USAGE_EXIT,
    })
  const byName = second === undefined ? items.find(item => item.metadata.name === first) : undefined
  if (byName) return byName
  const [, repository, number] =
    /^(?:(.+?)[# /])?#?(\d+)$/.exec(second === undefined ? first : `${first} ${second}`) ?? []
  const wanted = repository ?? (await repositoryHere(context))
  const found = items.filter(
    item =>
      number !== undefined &&
      item.status?.number === Number(number) &&
      (wanted === undefined || item.spec.repository === wanted),
  )
  const [only, ...others] = found
  if (only && others.length === 0) return only
  const names = (only ? found : items).map(item => item.metadata.name).join(', ')
  throw new CliError(
    only
      ? `"${context.args.join(' ')}" could be several pull requests`
      : `there is no pull request "${context.args.join(' ')}"`,
    { hint: names ? `there are ${names}` : 'open one with `drave pr open REPOSITORY BRANCH`' },
  )
}
