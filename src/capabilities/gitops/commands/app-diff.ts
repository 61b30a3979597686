import { CliError, type Command } from '../../../kernel/command.ts'
import { keyOf } from '../../../kube/object.ts'
import { diffText, type ObjectDiff, summarise } from '../diff/object-diff.ts'
import { findApplication } from './find-application.ts'
import { fetchAnswer, printAs } from './print.ts'

export const appDiff: Command = {
  path: ['app', 'diff'],
  summary: 'Show what a sync would change in the live objects (exit code 1 when there is a difference)',
  usage: 'NAME',
  examples: ['drave app diff meetups', 'drave app diff meetups -o json'],
  async run(context) {
    const app = await findApplication(context, await context.client())
    const answer = await fetchAnswer<{ differences: ObjectDiff[]; error?: string }>(
      context,
      `applications/${keyOf(app)}/diff`,
    )
    if (!answer) throw new CliError(`${keyOf(app)} is gone`)
    if (answer.error) throw new CliError(answer.error)
    const { differences } = answer
    printAs(context, differences, () => `${diffText(differences)}${keyOf(app)}: ${summarise(differences)}`)
    return differences.length > 0 ? 1 : 0
  },
}
