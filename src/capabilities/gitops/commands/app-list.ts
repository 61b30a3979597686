import type { Command } from '../../../kernel/command.ts'
import { Application } from '../kinds/generated/application.ts'
import { columns, short } from './columns.ts'
import { printAs } from './print.ts'

export const appList: Command = {
  path: ['app', 'list'],
  summary: 'List Applications with their sync status and health',
  examples: ['drave app list', 'drave app list -o json'],
  async run(context) {
    const { items } = await (await context.client()).list(Application)
    printAs(context, items, () =>
      items.length === 0
        ? 'There are no Applications. Apply one with kubectl, or see the example with: drave up --demo'
        : columns(
            ['NAME', 'NAMESPACE', 'SYNC', 'HEALTH', 'REVISION', 'REPOSITORY', 'PATH'],
            items.map(({ metadata, spec, status }) => [
              metadata.name,
              metadata.namespace ?? '',
              status?.sync?.status ?? 'Unknown',
              status?.health?.status ?? 'Unknown',
              short(status?.sync?.revision),
              spec.source?.repoURL ?? '',
              spec.source?.path ?? '',
            ]),
          ),
    )
  },
}
