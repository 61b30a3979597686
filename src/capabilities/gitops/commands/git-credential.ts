import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from '../../../kernel/command.ts'

/** Git's side of a credential helper (gitcredentials): gives the stack's token to the stack's own Git server only. */
export const gitCredential: Command = {
  path: ['git-credential'],
  summary: 'Answer git with the token of this stack; `drave repo clone` configures it',
  usage: 'get',
  examples: ['printf "protocol=http\\nhost=127.0.0.1:8180\\n" | drave git-credential get'],
  async run(context) {
    // `store` and `erase` have nothing to do: the token is the stack's.
    if (context.args[0] !== 'get') return
    const asked = new Map(
      (await text(process.stdin)).split('\n').map(line => {
        const equals = line.indexOf('=')
        return [line.slice(0, equals), line.slice(equals + 1)] as const
      }),
    )
    const { host, protocol } = new URL(await context.endpoint('git'))
    if (asked.get('host') !== host || `${asked.get('protocol')}:` !== protocol) return
    const token = (await readFile(join(context.dataDir, 'token'), 'utf8')).trim()
    context.print(`username=drave\npassword=${token}\n`)
  },
}
