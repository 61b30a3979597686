import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliError, type Command } from '../../kernel/command.ts'

export const kubeconfig: Command = {
  path: ['kubeconfig'],
  summary: 'Print the path of the kubeconfig of the stack, or its content',
  flags: { raw: { summary: 'Print the content, which holds a credential' } },
  examples: ['export KUBECONFIG=$(drave kubeconfig)', 'drave kubeconfig --raw > cluster.yaml'],
  async run(context) {
    const path = join(context.dataDir, 'kubeconfig')
    try {
      const text = readFileSync(path, 'utf8')
      context.print(context.isSet('raw') ? text : path)
    } catch (error) {
      throw new CliError(`there is no kubeconfig at ${path}`, {
        hint: 'start the stack with `drave up` first',
        cause: error,
      })
    }
  },
}
