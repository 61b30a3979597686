import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../../kernel/command.ts'

export const consoleCommand: Command = {
  path: ['console'],
  summary: 'Print the link to the console, with the token that lets you in',
  examples: ['drave console', 'xdg-open "$(drave console)"'],
  async run(context) {
    const url = await context.endpoint('console')
    const token = readFileSync(join(context.dataDir, 'token'), 'utf8').trim()
    context.print(`${url}/#token=${token}`)
  },
}
