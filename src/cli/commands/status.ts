import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, type Command } from '../../kernel/command.ts'
import { lockHolder } from '../../kernel/file-data-directory.ts'
import { Namespace, Pod } from '../../kube/generated/core-v1.ts'
import { printValue } from '../print-value.ts'

export const status: Command = {
  path: ['status'],
  summary: 'Say whether the stack runs, where it listens and how its pods are',
  examples: ['drave status', 'drave status -o json'],
  async run(context) {
    const pid = lockHolder(context.dataDir)
    if (pid === undefined) {
      if (context.output !== 'text') await printValue(context, { running: false, dataDir: context.dataDir })
      else context.print(`not running (data directory ${context.dataDir})`)
      return 3
    }
    const endpoints = await readEndpoints(context.dataDir)
    const client = await context.client()
    const [namespaces, pods] = await Promise.all([client.list(Namespace), client.list(Pod)])
    const phases: Record<string, number> = {}
    for (const pod of pods.items) {
      const phase = pod.status?.phase ?? 'Pending'
      phases[phase] = (phases[phase] ?? 0) + 1
    }
    if (context.output !== 'text') {
      await printValue(context, {
        running: true,
        pid,
        dataDir: context.dataDir,
        endpoints,
        namespaces: namespaces.items.length,
        pods: phases,
      })
      return
    }
    context.print(`running (process ${pid}, data directory ${context.dataDir})`)
    const width = Math.max(4, ...Object.keys(endpoints).map(name => name.length))
    for (const [name, url] of Object.entries(endpoints)) context.print(`  ${name.padEnd(width)}  ${url}`)
    const summary = Object.entries(phases).map(([phase, count]) => `${count} ${phase}`)
    context.print(`  ${'pods'.padEnd(width)}  ${summary.length > 0 ? summary.join(', ') : 'none'}`)
  },
}

async function readEndpoints(dataDir: string): Promise<Record<string, string>> {
  const file = join(dataDir, 'endpoints.json')
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
  } catch (error) {
    throw new CliError(`${file}: ${(error as Error).message}`, {
      hint: 'the stack is starting; try again',
      cause: error,
    })
  }
}
