import { type Command, CliError } from '../../../kernel/command.ts'
import { isFullyPromoted } from '../canary/progress.ts'
import { stepsOf } from '../canary/steps.ts'
import { Rollout, type RolloutStatus } from '../kinds/generated/rollout.ts'
import { findRollout, namespaceFlag } from './find-rollout.ts'

/** The patches that `kubectl argo rollouts promote` sends: of the status, and of the spec of a Rollout paused by its spec. */
export function promotePatches(
  rollout: Rollout,
  full: boolean,
): { status: object | undefined; spec: object | undefined } {
  const status: RolloutStatus = rollout.status ?? {}
  if (full) return { status: isFullyPromoted(status) ? undefined : { promoteFull: true }, spec: undefined }
  const spec = rollout.spec.paused ? { paused: false } : undefined
  if ((status.pauseConditions ?? []).length > 0) return { status: { pauseConditions: null }, spec }
  const index = status.currentStepIndex ?? 0
  const isAtStep = index < stepsOf(rollout).length && !isFullyPromoted(status) && !spec
  return { status: isAtStep ? { pauseConditions: null, currentStepIndex: index + 1 } : undefined, spec }
}

/** `drave rollout promote`: goes on from a pause, past the current step, or to the end. */
export const promote: Command = {
  path: ['rollout', 'promote'],
  summary: 'Go on from a pause or past the current step; with --full to the end, without analyses and pauses',
  usage: 'NAME',
  examples: ['drave rollout promote web', 'drave rollout promote web --full'],
  flags: { ...namespaceFlag, full: { summary: 'Skip all remaining steps, pauses and analyses' } },
  async run(context) {
    const { client, rollout, ref } = await findRollout(context)
    const full = context.isSet('full')
    if (rollout.status?.abort && !full)
      throw new CliError(`Rollout "${ref.name}" is aborted`, {
        hint: `drave rollout retry ${ref.name} starts it over`,
      })
    const patches = promotePatches(rollout, full)
    if (patches.status)
      await client.patch(Rollout, ref, { status: patches.status }, { subresource: 'status' })
    if (patches.spec) await client.patch(Rollout, ref, { spec: patches.spec })
    if (!patches.status && !patches.spec) context.note(`Rollout "${ref.name}" has nothing to promote.`)
    else context.print(`rollout "${ref.name}" ${full ? 'fully ' : ''}promoted`)
  },
}
