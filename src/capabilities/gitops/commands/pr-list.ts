import type { Command } from '../../../kernel/command.ts'
import { PullRequest } from '../kinds/pull-request.ts'
import { columns } from './columns.ts'
import { printAs } from './print.ts'

export const prList: Command = {
  path: ['pr', 'list'],
  summary: 'List open pull requests (with --all also merged and closed ones)',
  examples: ['drave pr list', 'drave pr list --repository meetups --all', 'drave pr list -o json'],
  flags: {
    repository: { summary: 'Only those of this repository', short: 'R', value: 'NAME' },
    all: { summary: 'Also merged and closed ones', short: 'a' },
  },
  async run(context) {
    const repository = context.flag('repository')
    const items = (await (await context.client()).list(PullRequest)).items.filter(
      item =>
        (repository === undefined || item.spec.repository === repository) &&
        (context.isSet('all') || item.status?.phase === undefined || item.status.phase === 'Open'),
    )
    printAs(context, items, () =>
      items.length === 0
        ? 'There are no open pull requests. Open one with: drave pr open REPOSITORY BRANCH'
        : columns(
            ['REPOSITORY', 'NUMBER', 'TITLE', 'BRANCH', 'PHASE', 'CHANGES', 'CHECKS'],
            items.map(({ spec, status }) => [
              spec.repository,
              String(status?.number ?? ''),
              spec.title ?? '',
              `${spec.sourceBranch} → ${status?.targetBranch ?? spec.targetBranch ?? ''}`,
              spec.draft ? `${status?.phase ?? ''} (draft)` : (status?.phase ?? ''),
              status?.changes?.summary ?? '',
              (status?.checks ?? [])
                .filter(check => check.status === 'Failed')
                .map(check => `${check.name} failed`)
                .join(', ') || (status?.checks ? 'passed' : ''),
            ]),
          ),
    )
  },
}
