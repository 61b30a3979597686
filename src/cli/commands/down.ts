import { CliError, type Command, USAGE_EXIT } from '../../kernel/command.ts'
import { lockHolder } from '../../kernel/file-data-directory.ts'
import { RealClock } from '../../kernel/clock.ts'

const CHECK_MS = 50

export const down: Command = {
  path: ['down'],
  summary: 'Stop the running stack, its pods included; its data stays',
  flags: { timeout: { summary: 'Seconds to wait for the end', value: 'SECONDS', default: '30' } },
  examples: ['drave down', 'drave down --data-dir /srv/drave'],
  async run(context) {
    const pid = lockHolder(context.dataDir)
    if (pid === undefined) {
      context.note(`no stack is running on ${context.dataDir}`)
      return
    }
    const timeoutMs = Number(context.flag('timeout')) * 1000
    if (!(timeoutMs >= 0))
      throw new CliError('--timeout must be a number of seconds', { exitCode: USAGE_EXIT })
    process.kill(pid, 'SIGTERM')
    const clock = new RealClock({ keepAlive: true })
    const started = clock.elapsed()
    while (lockHolder(context.dataDir) === pid) {
      if (clock.elapsed() - started > timeoutMs)
        throw new CliError(`process ${pid} has not ended after ${context.flag('timeout')} s`, {
          hint: `end it with \`kill -9 ${pid}\`: nothing acknowledged is lost`,
        })
      await clock.sleep(CHECK_MS, context.signal)
    }
    context.print(`stopped (process ${pid})`)
  },
}
