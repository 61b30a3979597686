import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackOff } from '../pod/back-off.ts'
import { readExitFile } from './exit-file.ts'
import type { OutputPipes } from './output-pipes.ts'
import { startOf } from './process-start.ts'

/** A process that this node started, told from a later one with the same number by its start. */
interface ProcessRecord {
  pid: number
  started: string
  pod: string
  container: string
  run?: KeptRun | undefined
}

/** What a later Drave needs to go on with a container that runs. */
export interface KeptRun {
  /** The runtime that started it, and what that runtime has noted. */
  handler: string
  keep: unknown
  id: string
  startedAt: number
  backOff?: BackOff | undefined
  pipes: OutputPipes
  /** Where its exit code is written when it ends, if anybody does. */
  exitFile?: string | undefined
}

/** A container of an earlier Drave that still runs. */
export interface Survivor {
  pid: number
  run: KeptRun
  isAlive(): boolean
}

/** Remembers on disk which processes run, so that none is left behind when Drave itself is killed. */
export class ProcessRecords {
  readonly #directory: string
  /** Exit codes of containers that ended while no Drave ran, by pod and container. */
  readonly #ends = new Map<string, number>()
  /** By pod and container. */
  readonly #survivors = new Map<string, Survivor>()

  constructor(directory: string) {
    this.#directory = directory
  }

  add(pid: number, owner: { pod: string; container: string; run?: KeptRun | undefined }): void {
    const started = startOf(pid)
    // It has ended already.
    if (started === undefined) return
    const record: ProcessRecord = { pid, started, ...owner }
    writeFileSync(this.#file(pid), JSON.stringify(record), { mode: 0o600 })
  }

  remove(pid: number): void {
    rmSync(this.#file(pid), { force: true })
  }

  /** Looks for containers of these pods that still run and can be taken over; the others are left for `killLeftovers`. */
  findSurvivors(pods: ReadonlySet<string>): void {
    for (const record of this.#records()) {
      const { pid, pod, container, run } = record
      if (!run || !pods.has(pod)) continue
      if (startOf(pid) !== record.started) {
        const exitCode = run.exitFile === undefined ? undefined : readExitFile(run.exitFile)
        if (exitCode !== undefined) this.#ends.set(`${pod}/${container}`, exitCode)
        continue
      }
      this.#survivors.set(`${pod}/${container}`, { pid, run, isAlive: () => startOf(pid) === record.started })
    }
  }

  /** A container that still runs, to whoever asks first. */
  takeSurvivor(pod: string, container: string): Survivor | undefined {
    const key = `${pod}/${container}`
    const survivor = this.#survivors.get(key)
    this.#survivors.delete(key)
    return survivor
  }

  /** How a container ended while no Drave ran, if that is known; told once. */
  takeExitCode(pod: string, container: string): number | undefined {
    const key = `${pod}/${container}`
    const exitCode = this.#ends.get(key)
    this.#ends.delete(key)
    return exitCode
  }

  /** Records of containers whose runtime has more to remove than a process. */
  leftovers(): KeptRun[] {
    const kept = new Set([...this.#survivors.values()].map(({ pid }) => pid))
    return this.#records().flatMap(({ pid, run }) => (run && !kept.has(pid) ? [run] : []))
  }

  #records(): ProcessRecord[] {
    return readdirSync(this.#directory).flatMap(
      name => parse(readFileSync(join(this.#directory, name), 'utf8')) ?? [],
    )
  }

  /** Kills the process groups that an earlier run left behind, and forgets them. Returns those it killed. */
  killLeftovers(): ProcessRecord[] {
    const killed: ProcessRecord[] = []
    const kept = new Set([...this.#survivors.values()].map(({ pid }) => `${pid}.json`))
    for (const name of readdirSync(this.#directory)) {
      if (kept.has(name)) continue
      const file = join(this.#directory, name)
      const record = parse(readFileSync(file, 'utf8'))
      if (record && isSame(record)) {
        try {
          process.kill(-record.pid, 'SIGKILL')
          killed.push(record)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
        }
      }
      rmSync(file, { force: true })
    }
    return killed
  }

  #file(pid: number): string {
    return join(this.#directory, `${pid}.json`)
  }
}

function parse(text: string): ProcessRecord | undefined {
  try {
    const record = JSON.parse(text) as ProcessRecord
    return Number.isInteger(record.pid) && record.pid > 1 && typeof record.started === 'string'
      ? record
      : undefined
  } catch {
    // Torn by a crash while it was written: the process cannot be told from another one, so it is left alone.
    return undefined
  }
}

/** Whether the leader still runs, or has ended and left members of its group behind. */
function isSame({ pid, started }: ProcessRecord): boolean {
  const now = startOf(pid)
  // A number is not given to a new process while a group of that number exists, so what is in it is ours.
  return now === undefined ? groupExists(pid) : now === started
}

function groupExists(pid: number): boolean {
  try {
    return process.kill(-pid, 0)
  } catch {
    return false
  }
}
