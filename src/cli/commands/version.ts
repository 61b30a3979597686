import type { Command } from '../../kernel/command.ts'
import { packageVersion } from '../../kube/data.ts'
import { printValue } from '../print-value.ts'

export const version: Command = {
  path: ['version'],
  summary: 'Print the version of Drave and of Node',
  examples: ['drave version', 'drave version -o json'],
  async run(context) {
    const versions = {
      drave: packageVersion(),
      node: process.version,
      platform: `${process.platform}/${process.arch}`,
    }
    if (context.output !== 'text') await printValue(context, versions)
    else context.print(`drave ${versions.drave} (node ${versions.node}, ${versions.platform})`)
  },
}
