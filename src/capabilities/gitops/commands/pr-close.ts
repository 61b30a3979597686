import { CliError, type Command } from '../../../kernel/command.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { findPullRequest } from './find-pull-request.ts'
import { waitFor } from './wait-for.ts'

const SECONDS = 30

export const prClose: Command = {
  path: ['pr', 'close'],
  summary: 'Close a pull request without merging it',
  usage: '[REPOSITORY] PULL-REQUEST',
  examples: ['drave pr close meetups-3'],
  async run(context) {
    const client = await context.client()
    const { metadata, status } = await findPullRequest(context, client)
    const { name } = metadata
    if (status?.phase === 'Merged') throw new CliError(`${name} is merged already`)
    await client.patch(PullRequest, { name }, { spec: { close: true } })
    await waitFor<PullRequest>(client, {
      kind: PullRequest,
      ref: { name },
      what: `${name} to close`,
      isOver: object => object.status?.phase === 'Closed',
      seconds: SECONDS,
      signal: context.signal,
    })
    context.print(`Closed ${name}`)
  },
}
