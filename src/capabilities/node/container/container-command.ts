import type { Writable } from 'node:stream'
import type { TerminalSize } from '../../../apiserver/http/connector.ts'
import type { Clock } from '../../../lib/clock.ts'
import { inCgroup } from '../cgroup/join-command.ts'
import type { StreamName } from '../logs/cri-line.ts'
import { ExecutableError } from './executable.ts'
import { GroupProcess, type ProcessExit } from './process.ts'
import { executable, type Setting } from './start-plan.ts'

/** A command to run inside a running container. */
export interface ContainerCommand {
  command: readonly string[]
  /** Whether it gets input; else it reads the end at once. */
  stdin: boolean
  /** Whether it runs in a terminal, where errors come with the output. */
  tty: boolean
  /** Nothing more is read of a stream until what this returns has resolved. */
  onOutput(stream: StreamName, chunk: Buffer): void | Promise<void>
}

export interface RunningCommand {
  readonly stdin: Writable | undefined
  /** Resolves after the last output. */
  readonly exited: Promise<ProcessExit>
  /** Without effect where there is no terminal. */
  resize(size: TerminalSize): void
  signal(name: NodeJS.Signals): void
}

/** Starts a command inside one running container; each way of running containers has its own. Throws ExecutableError. */
export type StartCommand = (command: ContainerCommand) => Promise<RunningCommand>

/** Commands in a container of plain processes: in its environment, directory and control groups, beside its own process. */
export const startInSetting =
  (setting: Setting, clock: Clock, joinFiles: readonly string[] = []): StartCommand =>
  async ({ command, stdin, tty, onOutput }) => {
    const { env, cwd } = setting
    const inside = executable(command, setting)
    const plan = inCgroup(inside, joinFiles)
    return GroupProcess.start({ ...plan, env, cwd, stdin, tty, onOutput }, clock).catch(error => {
      throw new ExecutableError(`exec: "${inside.file}": ${(error as Error).message}`, { cause: error })
    })
  }
