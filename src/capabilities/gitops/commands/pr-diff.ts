import { CliError, type Command } from '../../../kernel/command.ts'
import { diffText, summarise } from '../diff/object-diff.ts'
import type { ApplicationChanges } from '../pull-requests/rendered-changes.ts'
import { findPullRequest } from './find-pull-request.ts'
import { fetchAnswer, printAs } from './print.ts'

export const prDiff: Command = {
  path: ['pr', 'diff'],
  summary: 'Show what merging would change, object by object, after rendering',
  usage: '[REPOSITORY] PULL-REQUEST',
  examples: ['drave pr diff meetups-3', 'drave pr diff meetups 3', 'drave pr diff 3   # inside a clone'],
  async run(context) {
    const { metadata } = await findPullRequest(context, await context.client())
    const changes = await fetchAnswer<ApplicationChanges[]>(context, `pull-requests/${metadata.name}/diff`)
    if (!changes) throw new CliError(`${metadata.name} is gone`)
    printAs(context, changes, () =>
      changes.length === 0 ? 'No Application reads this branch.' : text(changes),
    )
    return changes.some(change => change.error !== undefined) ? 1 : 0
  },
}

const text = (changes: readonly ApplicationChanges[]): string =>
  changes
    .map(({ application, differences, error }) =>
      error === undefined
        ? `${diffText(differences)}${application}: ${summarise(differences)}`
        : `${application}: does not render: ${error}`,
    )
    .join('\n\n')
