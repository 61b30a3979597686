import { type CommandContext, CliError, type FlagSpec, USAGE_EXIT } from '../../../kernel/command.ts'
import type { Client } from '../../../kernel/client.ts'
import { Rollout } from '../kinds/generated/rollout.ts'

/** The flag of every verb on Rollouts. */
export const namespaceFlag: Readonly<Record<string, FlagSpec>> = {
  namespace: {
    summary: 'Namespace of the Rollout (default: the only one that has it)',
    short: 'n',
    value: 'NAME',
  },
}

/** The Rollout that the arguments name; without a namespace the only one of that name. */
export async function findRollout(
  context: CommandContext,
): Promise<{ client: Client; rollout: Rollout; ref: { name: string; namespace: string } }> {
  const [name, ...rest] = context.args
  if (name === undefined || rest.length > 0)
    throw new CliError('one name of a Rollout is needed', {
      hint: 'drave rollout list shows them',
      exitCode: USAGE_EXIT,
    })
  const client = await context.client()
  const namespace = context.flag('namespace')
  const { items } = await client.list(Rollout, { namespace, fieldSelector: `metadata.name=${name}` })
  const [rollout] = items
  if (!rollout)
    throw new CliError(`Rollout "${name}" not found${namespace ? ` in namespace ${namespace}` : ''}`, {
      hint: 'drave rollout list shows them',
    })
  if (items.length > 1)
    throw new CliError(`several namespaces have a Rollout "${name}"`, {
      hint: `choose one with -n: ${items.map(item => item.metadata.namespace).join(', ')}`,
      exitCode: USAGE_EXIT,
    })
  return { client, rollout, ref: { name, namespace: rollout.metadata.namespace ?? 'default' } }
}
