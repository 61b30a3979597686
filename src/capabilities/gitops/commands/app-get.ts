import type { Command } from '../../../kernel/command.ts'
import { keyOf } from '../../../kube/object.ts'
import { revisionOf } from '../application/desired-state.ts'
import type { Application } from '../kinds/generated/application.ts'
import { columns, short } from './columns.ts'
import { findApplication } from './find-application.ts'
import { printAs } from './print.ts'

export const appGet: Command = {
  path: ['app', 'get'],
  summary: 'Show an Application: what it reads, its objects, and what keeps it from being synced',
  usage: 'NAME',
  examples: ['drave app get meetups', 'drave app get argocd/meetups -o yaml'],
  async run(context) {
    const app = await findApplication(context, await context.client())
    printAs(context, app, () => describe(app))
  },
}

function describe(app: Application): string {
  const { spec, status } = app
  const { source } = spec
  const operation = status?.operationState
  const lines = [
    ['Application', keyOf(app)],
    ['Repository', source?.repoURL ?? ''],
    ['Revision', `${source ? revisionOf(source) : ''} (${short(status?.sync?.revision) || 'not known'})`],
    ['Path', source?.path ?? '.'],
    ['Sync', status?.sync?.status ?? 'Unknown'],
    [
      'Health',
      [status?.health?.status ?? 'Unknown', status?.health?.message ?? ''].filter(Boolean).join(': '),
    ],
    ...(operation ? [['Operation', `${operation.phase}: ${operation.message ?? ''}`]] : []),
    ...(status?.conditions ?? []).map(condition => [condition.type, condition.message]),
  ].map(([label = '', value = '']) => `${`${label}:`.padEnd(22)}${value}`)
  const resources = status?.resources ?? []
  if (resources.length === 0) return lines.join('\n')
  const rows = resources.map(item => [
    item.group ?? '',
    item.kind ?? '',
    item.namespace ?? '',
    item.name ?? '',
    item.requiresPruning ? `${item.status} (to prune)` : (item.status ?? ''),
    item.health?.status ?? '',
    item.health?.message ?? '',
  ])
  return `${lines.join('\n')}\n\n${columns(['GROUP', 'KIND', 'NAMESPACE', 'NAME', 'SYNC', 'HEALTH', 'MESSAGE'], rows)}`
}
