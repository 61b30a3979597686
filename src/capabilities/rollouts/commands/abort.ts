import { type Command, CliError } from '../../../kernel/command.ts'
import { isFullyPromoted } from '../canary/progress.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { findRollout, namespaceFlag } from './find-rollout.ts'

/** `drave rollout abort`: gives all traffic back to the stable version. */
export const abort: Command = {
  path: ['rollout', 'abort'],
  summary: 'Stop an update and give all traffic back to the stable version',
  usage: 'NAME',
  examples: ['drave rollout abort web'],
  flags: namespaceFlag,
  async run(context) {
    const { client, rollout, ref } = await findRollout(context)
    if (!rollout.status?.stableRS || isFullyPromoted(rollout.status))
      throw new CliError(`Rollout "${ref.name}" is not updating: there is nothing to abort`)
    await client.patch(Rollout, ref, { status: { abort: true } }, { subresource: 'status' })
    context.print(`rollout "${ref.name}" aborted`)
    context.note(
      'Its template is still the new one: change it back, or start over with: drave rollout retry ' +
        ref.name,
    )
  },
}
