import { type Command, CliError, USAGE_EXIT } from '../../../kernel/command.ts'
import { stepsOf } from '../canary/steps.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { replicasOf } from '../spec-defaults.ts'
import { structured } from '../../../kernel/structured-output.ts'

function row(rollout: Rollout): string[] {
  const { metadata, spec, status = {} } = rollout
  const steps = stepsOf(rollout).length
  return [
    metadata.namespace ?? 'default',
    metadata.name,
    status.phase ?? 'Pending',
    spec.strategy?.blueGreen ? '-' : `${Math.min(status.currentStepIndex ?? 0, steps)}/${steps}`,
    status.canary?.weights ? String(status.canary.weights.canary.weight) : '-',
    `${status.availableReplicas ?? 0}/${replicasOf(rollout)}`,
    status.message ?? '',
  ]
}

/** `drave rollout list`: all Rollouts in a table. */
export const list: Command = {
  path: ['rollout', 'list'],
  summary: 'List Rollouts with phase, step, canary weight and available pods',
  examples: ['drave rollout list', 'drave rollout list -n shop'],
  flags: { namespace: { summary: 'Only this namespace', short: 'n', value: 'NAME' } },
  async run(context) {
    if (context.args.length > 0)
      throw new CliError('rollout list takes no arguments', {
        hint: 'drave rollout get NAME shows one',
        exitCode: USAGE_EXIT,
      })
    const client = await context.client()
    const { items } = await client.list(Rollout, { namespace: context.flag('namespace') })
    if (context.output !== 'text') {
      context.print(structured(context.output, items))
      return
    }
    if (items.length === 0) {
      context.note('There are no Rollouts.')
      return
    }
    const rows = [['NAMESPACE', 'NAME', 'PHASE', 'STEP', 'WEIGHT', 'AVAILABLE', 'MESSAGE'], ...items.map(row)]
    const widths =
      rows[0]?.map((_, column) => Math.max(...rows.map(cells => (cells[column] ?? '').length))) ?? []
    for (const cells of rows)
      context.print(
        cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
  },
}
