import { type Command, CliError } from '../../../kernel/command.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { findRollout, namespaceFlag } from './find-rollout.ts'

/** `drave rollout retry`: starts an aborted update over. */
export const retry: Command = {
  path: ['rollout', 'retry'],
  summary: 'Start an aborted update over from its first step',
  usage: 'NAME',
  examples: ['drave rollout retry web'],
  flags: namespaceFlag,
  async run(context) {
    const { client, rollout, ref } = await findRollout(context)
    if (!rollout.status?.abort)
      throw new CliError(`Rollout "${ref.name}" is not aborted: there is nothing to retry`)
    await client.patch(Rollout, ref, { status: { abort: false } }, { subresource: 'status' })
    context.print(`rollout "${ref.name}" retried`)
  },
}
