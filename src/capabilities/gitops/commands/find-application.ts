import type { Client } from '../../../kernel/client.ts'
import { CliError, type CommandContext, USAGE_EXIT } from '../../../kernel/command.ts'
import { keyOf, parseKey } from '../../../kube/object.ts'
import { ARGOCD_NAMESPACE } from '../application/tracking.ts'
import { Application } from '../kinds/generated/application.ts'

/** The Application that a verb's argument names: `NAME` (Argo CD's namespace first, then any) or `NAMESPACE/NAME`. */
export async function findApplication(context: CommandContext, client: Client): Promise<Application> {
  const [wanted] = context.args
  if (!wanted)
    throw new CliError('name an Application', {
      hint: 'list them with `drave app list`',
      exitCode: USAGE_EXIT,
    })
  const { namespace = ARGOCD_NAMESPACE, name } = parseKey(wanted)
  const found = await client.find(Application, { namespace, name })
  if (found) return found
  const { items } = await client.list(Application)
  const [only, ...others] = items.filter(app => app.metadata.name === wanted)
  if (only && others.length === 0) return only
  if (only)
    throw new CliError(`there are several Applications named ${wanted}`, {
      hint: `name its namespace too: ${[only, ...others].map(keyOf).join(' or ')}`,
    })
  throw new CliError(`there is no Application ${wanted}`, {
    hint:
      items.length > 0 ? `there are ${items.map(keyOf).join(', ')}` : 'apply one with kubectl apply -f FILE',
  })
}
