import type { Command } from '../kernel/command.ts'
import { consoleCommand } from './commands/console.ts'
import { down } from './commands/down.ts'
import { kubeconfig } from './commands/kubeconfig.ts'
import { logs } from './commands/logs.ts'
import { reset } from './commands/reset.ts'
import { snapshotLoad } from './commands/snapshot-load.ts'
import { snapshotSave } from './commands/snapshot-save.ts'
import { status } from './commands/status.ts'
import { version } from './commands/version.ts'

/** Verbs that belong to no capability; `up` is put together in main.ts. */
export const cliCommands: readonly Command[] = [
  status,
  down,
  consoleCommand,
  kubeconfig,
  logs,
  reset,
  snapshotSave,
  snapshotLoad,
  version,
]
