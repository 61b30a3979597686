import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Clock } from '../../../lib/clock.ts'
import type { StreamName } from '../logs/cri-line.ts'

export interface ProcessSpec {
  file: string
  args: readonly string[]
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>
  cwd: string
  onOutput(stream: StreamName, chunk: Buffer): void
}

export interface ProcessExit {
  /** 128 + signal when a signal ended it, as a shell and container runtimes count. */
  exitCode: number
  signal?: number | undefined
}

/** Output that a process left in its pipes is waited for at most so long after its end. */
const DRAIN_MS = 1000

/** A process that leads its own process group, so that what it starts ends with it. */
export class GroupProcess {
  readonly pid: number
  readonly exited: Promise<ProcessExit>

  private constructor(child: ChildProcess, pid: number, clock: Clock) {
    this.pid = pid
    this.exited = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        // Whatever is left of the group has lost its leader: a container's end is the end of all of it.
        this.signal('SIGKILL')
        const number = signal === null ? undefined : constants.signals[signal]
        const exit: ProcessExit =
          number === undefined ? { exitCode: code ?? 0 } : { exitCode: 128 + number, signal: number }
        // A process that left the group may hold the pipes open.
        const timer = clock.after(DRAIN_MS, () => finish())
        const finish = () => {
          timer[Symbol.dispose]()
          child.stdout?.destroy()
          child.stderr?.destroy()
          resolve(exit)
        }
        child.once('close', finish)
      })
    })
  }

  /** Resolves when the process runs; rejects with the system's error when it cannot be executed. */
  static start(spec: ProcessSpec, clock: Clock): Promise<GroupProcess> {
    return new Promise((resolve, reject) => {
      const child = spawn(spec.file, spec.args, {
        cwd: spec.cwd,
        env: spec.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child.stdout.on('data', (chunk: Buffer) => spec.onOutput('stdout', chunk))
      child.stderr.on('data', (chunk: Buffer) => spec.onOutput('stderr', chunk))
      child.once('error', reject)
      // Set once the fork has worked; `error` follows otherwise.
      if (child.pid !== undefined) resolve(new GroupProcess(child, child.pid, clock))
    })
  }

  /** Sends a signal to the whole group; one that is gone already is fine. */
  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, name)
    } catch (error) {
      // macOS answers EPERM for a group of which only the unreaped leader is left.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ESRCH' && code !== 'EPERM') throw error
    }
  }
}
