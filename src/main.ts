import { join } from 'node:path'
import { capabilities } from './capabilities.ts'
import { cliCommands } from './cli/commands.ts'
import { installCommand } from './cli/install/install.ts'
import { packageRoot } from './cli/package-root.ts'
import { run } from './cli/run.ts'
import { upCommand } from './cli/up/up.ts'

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    stop.abort(new Error(name))
    // A second signal ends the process at once.
    process.once(name, () => process.exit(name === 'SIGINT' ? 130 : 143))
  })
process.stdout.on('error', error => {
  // The reader of our output has gone, as in `drave … | head`.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

const up = upCommand(capabilities, {
  startConsole: async options => {
    const { startConsole } = await import('./console/server/server.ts')
    return startConsole({ ...options, folder: join(packageRoot(), 'dist/console') })
  },
  seedDemo: async (kernel, context) => {
    const { seedDemo } = await import('./cli/demo/seed.ts')
    await seedDemo(kernel, context)
  },
})
const commands = [
  up,
  installCommand(capabilities),
  ...cliCommands,
  ...capabilities.flatMap(capability => capability.commands ?? []),
]
process.exitCode = await run(process.argv.slice(2), commands, stop.signal)
