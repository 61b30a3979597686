import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { TerminalSize } from '../../../apiserver/http/connector.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { StreamName } from '../logs/cri-line.ts'
import { openPipes, type OutputPipes } from './output-pipes.ts'
import { inTerminal, Terminal } from './terminal.ts'

export interface ProcessSpec {
  file: string
  args: readonly string[]
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>
  cwd: string
  /** Whether it gets input; else it reads the end at once. */
  stdin?: boolean
  /** Whether it runs in a terminal. */
  tty?: boolean
  /** Named pipes that its output goes through, so that it can outlive this process. Not with input or a terminal. */
  pipes?: OutputPipes | undefined
  /** Nothing more is read of a stream until what this returns has resolved. */
  onOutput(stream: StreamName, chunk: Buffer): void | Promise<void>
}

export interface ProcessExit {
  /** 128 + signal when a signal ended it, as a shell and container runtimes count. */
  exitCode: number
  signal?: number | undefined
  /** Nobody saw how it ended: the exit code is a guess. */
  isUnknown?: true
}

interface Output {
  stdout: Readable | null
  stderr: Readable | null
}

/** Output that a process left in its pipes is waited for at most so long after its end. */
const DRAIN_MS = 1000

/** The descriptor on which a program in a terminal reports. */
const REPORT = 3

/** A process that leads its own process group, so that what it starts ends with it. */
export class GroupProcess {
  readonly pid: number
  readonly stdin: Writable | undefined
  readonly exited: Promise<ProcessExit>
  readonly #terminal: Terminal | undefined

  private constructor(
    child: ChildProcess,
    pid: number,
    { spec, clock, output }: { spec: ProcessSpec; clock: Clock; output: Output },
  ) {
    this.pid = pid
    if (spec.stdin && child.stdin) this.stdin = child.stdin
    // Who writes hears that nobody reads any more by `close`.
    child.stdin?.on('error', () => {})
    const report = child.stdio[REPORT]
    // What is read from a child is readable.
    this.#terminal = report ? new Terminal(report as Readable) : undefined
    const outputs = [readOutput(output.stdout, chunk => spec.onOutput('stdout', chunk))]
    outputs.push(readOutput(output.stderr, chunk => spec.onOutput('stderr', chunk)))
    const streams = [output.stdout, output.stderr].flatMap(stream => stream ?? [])
    this.exited = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        // Whatever is left of the group has lost its leader: a container's end is the end of all of it.
        signalGroup(pid, 'SIGKILL')
        const number = signal === null ? undefined : constants.signals[signal]
        const exit: ProcessExit =
          number === undefined ? { exitCode: code ?? 0 } : { exitCode: 128 + number, signal: number }
        // A process that left the group may hold the pipes open.
        const giveUp = () => {
          if (outputs.some(isWaiting => isWaiting())) timer = clock.after(DRAIN_MS, giveUp)
          else finish()
        }
        let timer = clock.after(DRAIN_MS, giveUp)
        const finish = () => {
          timer[Symbol.dispose]()
          for (const stream of streams) stream.destroy()
          resolve(exit)
        }
        let open = streams.length
        const closed = () => {
          if (--open === 0) finish()
        }
        if (open === 0) finish()
        for (const stream of streams)
          if (stream.closed) closed()
          else stream.once('close', closed)
      })
    })
  }

  /** Resolves when the process runs; rejects with the system's error when it cannot be executed. */
  static async start(spec: ProcessSpec, clock: Clock): Promise<GroupProcess> {
    await ownTurn()
    return new Promise((resolve, reject) => {
      const { file, args, env } = spec.tty ? inTerminal(spec) : spec
      // A terminal whose input ended would tell its program so: it is left open.
      const input = spec.stdin || spec.tty ? 'pipe' : 'ignore'
      const pipes = spec.pipes && openPipes(spec.pipes)
      const child = spawn(file, args, {
        cwd: spec.cwd,
        env,
        detached: true,
        stdio: [
          input,
          ...(pipes?.ends ?? (['pipe', 'pipe'] as const)),
          ...(spec.tty ? (['pipe'] as const) : []),
        ],
      })
      pipes?.closeEnds()
      const output: Output = pipes ?? child
      child.once('error', error => {
        for (const stream of [output.stdout, output.stderr]) stream?.destroy()
        reject(error)
      })
      // Set once the fork has worked; `error` follows otherwise.
      if (child.pid !== undefined) resolve(new GroupProcess(child, child.pid, { spec, clock, output }))
    })
  }

  /** Tells the terminal its size, where there is one. */
  resize(size: TerminalSize): void {
    this.#terminal?.resize(size)
  }

  /** Sends a signal to the whole group; one that is gone already is fine. */
  signal(name: NodeJS.Signals): void {
    const leader = this.#terminal?.leader
    if (leader !== undefined) signalGroup(leader, name)
    // The terminal ends by itself after its program, and then says how that ended.
    if (leader === undefined || name === 'SIGKILL') signalGroup(this.pid, name)
  }
}

let turns: Promise<void> = Promise.resolve()

/** A fork stops this process for milliseconds: each has a turn of the event loop to itself, so that others are served in between. */
function ownTurn(): Promise<void> {
  turns = turns.then(() => new Promise(resolve => setImmediate(resolve)))
  return turns
}

/** Signals a process group; one that is gone already is fine. */
export function signalGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name)
  } catch (error) {
    // macOS answers EPERM for a group of which only the unreaped leader is left.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** Reads a stream as fast as it is taken. Yields whether a chunk waits to be taken now. */
export function readOutput(
  stream: Readable | null,
  take: (chunk: Buffer) => void | Promise<void>,
): () => boolean {
  let isWaiting = false
  stream?.on('data', (chunk: Buffer) => {
    const taken = take(chunk)
    if (!taken) return
    isWaiting = true
    stream.pause()
    void taken.finally(() => {
      isWaiting = false
      stream.resume()
    })
  })
  return () => isWaiting
}
