import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CliError, type Command } from '../../kernel/command.ts'
import { lockHolder } from '../../kernel/file-data-directory.ts'

export const reset: Command = {
  path: ['reset'],
  meansThisFolder: true,
  summary: 'Empty the data directory of a stopped stack',
  flags: { yes: { summary: 'Do it; without this flag only what would go is printed', short: 'y' } },
  examples: ['drave reset', 'drave reset --yes'],
  async run(context) {
    const { dataDir } = context
    const pid = lockHolder(dataDir)
    if (pid !== undefined)
      throw new CliError(`a stack is running on ${dataDir} (process ${pid})`, {
        hint: 'stop it first with `drave down`',
      })
    if (!existsSync(dataDir)) {
      context.note(`${dataDir} does not exist`)
      return
    }
    const entries = readdirSync(dataDir)
    if (entries.length > 0 && !entries.includes('format'))
      throw new CliError(`${dataDir} does not look like a data directory of Drave: it has no file "format"`)
    if (!context.isSet('yes')) {
      for (const entry of entries) context.print(join(dataDir, entry))
      context.note('nothing was removed: run `drave reset --yes` to remove these')
      return
    }
    for (const entry of entries) rmSync(join(dataDir, entry), { recursive: true, force: true })
    context.print(`emptied ${dataDir}`)
  },
}
