import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CliError } from './command.ts'
import type { DataDirectory } from './data-directory.ts'

/** The layout of the data directory as a whole; each store inside has a version of its own. */
const FORMAT = 1

interface LockHolder {
  pid: number
  /** Kernel ticks at the process's start, where the system tells: distinguishes a reused pid. */
  started?: string | undefined
}

/** A data directory on disk, held by a lock until disposed. */
export class FileDataDirectory implements DataDirectory, Disposable {
  readonly path: string
  readonly #lock: string

  private constructor(path: string, lock: string) {
    this.path = path
    this.#lock = lock
  }

  /** Makes the directory if needed and locks it. Throws CliError when another process holds it, or a newer Drave wrote it. */
  static open(directory: string): FileDataDirectory {
    const path = resolve(directory)
    try {
      makeDirectory(path)
    } catch (error) {
      throw new CliError(`data directory ${path}: ${(error as Error).message}`, {
        hint: 'choose another one with --data-dir DIR',
        cause: error,
      })
    }
    const lock = lockOf(path)
    try {
      checkFormat(path)
    } catch (error) {
      rmSync(lock, { force: true })
      throw error
    }
    return new FileDataDirectory(path, lock)
  }

  folder(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.#lock, { force: true })
  }
}

/** Makes a directory and its parents. Node's own `recursive` never returns where a parent refuses with ENOENT, as /proc does. */
function makeDirectory(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw new Error('not a directory')
    return
  }
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent)
  mkdirSync(path, { mode: 0o700 })
}

/** Takes the lock; a directory that cannot be written to is explained. */
function lockOf(path: string): string {
  try {
    return acquire(path)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(`data directory ${path}: ${(error as Error).message}`, {
      hint: 'choose another one with --data-dir DIR',
      cause: error,
    })
  }
}

function checkFormat(path: string): void {
  const file = join(path, 'format')
  const text = readIfThere(file)
  if (text === undefined) {
    writeFileSync(file, `${FORMAT}\n`, { mode: 0o600 })
    return
  }
  const found = Number(text)
  if (!Number.isInteger(found) || found < 1)
    throw new CliError(
      `data directory ${path}: the file "format" holds ${JSON.stringify(text.trim())}, not a version number`,
      {
        hint: 'choose another directory with --data-dir DIR, or empty this one with `drave reset`',
      },
    )
  if (found > FORMAT)
    throw new CliError(`data directory ${path} has format ${found}; this Drave reads format ${FORMAT}`, {
      hint: 'run the newer Drave that wrote it, or choose another directory with --data-dir DIR',
    })
}

/** Takes the lock by an atomic link; a lock whose holder is gone is moved aside first. */
function acquire(path: string): string {
  const lock = join(path, 'lock')
  const mine = join(path, `lock.${process.pid}`)
  writeFileSync(
    mine,
    JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies LockHolder),
    { mode: 0o600 },
  )
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(mine, lock)
        return lock
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = holderOf(lock)
      if (holder && isAlive(holder))
        throw new CliError(`data directory ${path} is in use by process ${holder.pid}`, {
          hint: `stop it with \`drave down --data-dir ${path}\`, or choose another directory with --data-dir DIR`,
        })
      const aside = join(path, `lock.stale.${process.pid}`)
      renameSync(lock, aside)
      rmSync(aside, { force: true })
    }
    throw new CliError(`data directory ${path}: the lock could not be taken`, {
      hint: 'another process is starting on it',
    })
  } finally {
    rmSync(mine, { force: true })
  }
}

/** The process that holds a data directory, if any does. */
export function lockHolder(directory: string): number | undefined {
  const holder = holderOf(join(resolve(directory), 'lock'))
  return holder && isAlive(holder) ? holder.pid : undefined
}

function holderOf(lock: string): LockHolder | undefined {
  const text = readIfThere(lock)
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as LockHolder
    return Number.isInteger(value.pid) ? value : undefined
  } catch {
    return undefined
  }
}

function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const fields = statOf(holder.pid)
  // A zombie has ended, though its parent has not asked how.
  if (fields?.[0] === 'Z') return false
  return holder.started === undefined || holder.started === startOf(holder.pid)
}

/** Field 22 of /proc/PID/stat, or undefined where there is no such file. */
const startOf = (pid: number): string | undefined => statOf(pid)?.[19]

/** /proc/PID/stat from field 3, the state, on. */
function statOf(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
