import type { Readable } from 'node:stream'
import type { Clock } from '../../../lib/clock.ts'
import type { StreamName } from '../logs/cri-line.ts'
import type { ContainerProcess } from '../runtime/container-runtime.ts'
import { type OutputPipes, readPipes } from './output-pipes.ts'
import { type ProcessExit, readOutput, signalGroup } from './process.ts'

/** Nobody tells us of the end of a process that is not our child. */
const LOOK_MS = 500

interface Adoption {
  pid: number
  pipes: OutputPipes
  clock: Clock
  /** Whether the process with that number still is the one that was recorded. */
  isAlive(): boolean
  /** How it ended, if somebody wrote that down. */
  exitCode?(): number | undefined
  onOutput(stream: StreamName, chunk: Buffer): void | Promise<void>
}

/** A process that an earlier Drave started and that still runs. */
export function adoptProcess(adoption: Adoption): ContainerProcess {
  const { pid, pipes, clock, isAlive, exitCode, onOutput } = adoption
  const readers = readPipes(pipes)
  readOutput(readers.stdout, chunk => onOutput('stdout', chunk))
  readOutput(readers.stderr, chunk => onOutput('stderr', chunk))
  const exited = new Promise<ProcessExit>(resolve => {
    const looking = clock.every(LOOK_MS, () => {
      if (isAlive()) return
      looking[Symbol.dispose]()
      // What it started ends with it.
      signalGroup(pid, 'SIGKILL')
      void Promise.all([readers.stdout, readers.stderr].map(reader => drained(reader, clock))).then(() => {
        const code = exitCode?.()
        resolve(code === undefined ? { exitCode: 137, isUnknown: true } : exitOf(code))
      })
    })
  })
  return {
    pid,
    stdin: undefined,
    exited,
    resize() {},
    signal: name => isAlive() && signalGroup(pid, name),
  }
}

/** A shell tells a signal as 128 more than its number. */
const exitOf = (exitCode: number): ProcessExit =>
  exitCode > 128 ? { exitCode, signal: exitCode - 128 } : { exitCode }

/** Resolves when a stream has ended, or a process that left the group holds it open. */
function drained(stream: Readable, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    if (stream.closed || stream.readableEnded) return resolve()
    const finish = () => {
      timer[Symbol.dispose]()
      stream.destroy()
      resolve()
    }
    const timer = clock.after(LOOK_MS, finish)
    stream.once('end', finish)
    stream.once('close', finish)
  })
}
