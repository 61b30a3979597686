import { CliError, type Command } from '../../../kernel/command.ts'
import { keyOf } from '../../../kube/object.ts'
import { isFinished } from '../application/operation-phase.ts'
import { Application, type ApplicationOperation } from '../kinds/generated/application.ts'
import { columns } from './columns.ts'
import { findApplication } from './find-application.ts'
import { printAs } from './print.ts'
import { timeoutSeconds, waitFor } from './wait-for.ts'

export const appSync: Command = {
  path: ['app', 'sync'],
  summary: 'Sync an Application now and wait for the outcome (exit code 1 when it fails)',
  usage: 'NAME',
  examples: [
    'drave app sync meetups',
    'drave app sync meetups --dry-run',
    'drave app sync meetups --prune --revision v1.2',
  ],
  flags: {
    revision: { summary: 'Sync this branch, tag or commit instead of the configured one', value: 'REVISION' },
    prune: { summary: 'Delete objects that are no longer wanted' },
    'dry-run': { summary: 'Ask the API server what it would say, apply nothing' },
    timeout: { summary: 'How long to wait', value: 'DURATION', default: '120s' },
    'no-wait': { summary: 'Only start it' },
  },
  async run(context) {
    const client = await context.client()
    const app = await findApplication(context, client)
    const { name, namespace } = app.metadata
    const ref = { name, namespace }
    if (app.operation || (app.status?.operationState && !isFinished(app.status.operationState.phase)))
      throw new CliError(
        `${keyOf(app)} is being synced already: ${app.status?.operationState?.message ?? ''}`,
        {
          hint: 'see `drave app get` for what it waits for',
        },
      )
    const revision = context.flag('revision')
    const operation: ApplicationOperation = {
      initiatedBy: { username: process.env['USER'] ?? 'drave' },
      sync: {
        ...(revision ? { revision } : {}),
        ...(context.isSet('prune') ? { prune: true } : {}),
        ...(context.isSet('dry-run') ? { dryRun: true } : {}),
      },
    }
    const asked = await client.patch(Application, ref, { operation })
    if (context.isSet('no-wait')) {
      context.note(`sync of ${keyOf(app)} asked for`)
      return 0
    }
    const done = await waitFor<Application>(client, {
      kind: Application,
      ref,
      what: `the sync of ${keyOf(app)}`,
      isOver: object =>
        object.metadata.resourceVersion !== asked.metadata.resourceVersion &&
        object.operation === undefined &&
        isFinished(object.status?.operationState?.phase ?? ''),
      seconds: timeoutSeconds(context.flag('timeout')),
      signal: context.signal,
    })
    const state = done.status?.operationState
    printAs(context, state, () => {
      const rows = (state?.syncResult?.resources ?? []).map(item => [
        item.kind,
        item.namespace,
        item.name,
        item.hookPhase ?? item.status ?? '',
        item.message ?? '',
      ])
      const table =
        rows.length > 0 ? `${columns(['KIND', 'NAMESPACE', 'NAME', 'STATUS', 'MESSAGE'], rows)}\n` : ''
      return `${table}${state?.phase ?? ''}: ${state?.message ?? ''}`
    })
    return state?.phase === 'Succeeded' ? 0 : 1
  },
}
