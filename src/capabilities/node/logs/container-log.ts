import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import { formatEntry, LineCutter, logTime, type StreamName } from './cri-line.ts'

export interface LogLimits {
  /** A file is set aside when it has grown past this. */
  maxFileBytes: number
  /** Files kept of one run of a container, the one being written included. */
  maxFiles: number
}

export const DEFAULT_LOG_LIMITS: LogLimits = { maxFileBytes: 10 * 1024 * 1024, maxFiles: 5 }

/** Output waiting for the disk at most; more is dropped, because a container must never wait for its log. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024

interface LogParts {
  clock: Clock
  limits: LogLimits
  /** Called after lines were written and when the log ends: wakes readers that follow it. */
  changed(path: string): void
  dropped(bytes: number): void
}

/** Writes the output of one run of a container to `N.log` in the CRI format, with rotation to `N.log.000001` and so on. */
export class ContainerLog {
  readonly path: string
  readonly #parts: LogParts
  readonly #cutters = { stdout: new LineCutter(), stderr: new LineCutter() }
  #pending: Buffer[] = []
  #pendingBytes = 0
  #droppedBytes = 0
  #writing: Promise<void> | undefined
  #file: FileHandle | undefined
  #size = 0
  #rotations = 0

  constructor(path: string, parts: LogParts) {
    this.path = path
    this.#parts = parts
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // There from the start, so that a container that has not said anything yet has a log.
    writeFileSync(path, '', { mode: 0o600, flag: 'a' })
    this.#continue()
  }

  /** Goes on with what an earlier process wrote: a line that it did not finish is ended. */
  #continue(): void {
    const { path } = this
    this.#size = statSync(path).size
    if (this.#size === 0) return
    const prefix = `${basename(path)}.`
    for (const name of readdirSync(dirname(path)))
      if (name.startsWith(prefix))
        this.#rotations = Math.max(this.#rotations, Number(name.slice(prefix.length)) || 0)
    const fd = openSync(path, 'r')
    const last = Buffer.alloc(1)
    readSync(fd, last, 0, 1, this.#size - 1)
    closeSync(fd)
    if (last.toString() !== '\n') writeFileSync(path, '\n', { flag: 'a' })
  }

  write(stream: StreamName, chunk: Buffer): void {
    const time = logTime(this.#parts.clock.now())
    for (const { partial, content } of this.#cutters[stream].push(chunk))
      this.#add(formatEntry({ time, stream, partial, content }))
    this.#flush()
  }

  /** Writes what is left and ends the log. */
  async close(): Promise<void> {
    const time = logTime(this.#parts.clock.now())
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#cutters[stream].end()
      if (rest) this.#add(formatEntry({ time, stream, ...rest }))
    }
    this.#flush()
    await this.#writing
    await this.#file?.close()
    this.#file = undefined
    this.#parts.changed(this.path)
  }

  #add(line: Buffer): void {
    if (this.#pendingBytes + line.length > MAX_PENDING_BYTES) {
      this.#droppedBytes += line.length
      this.#parts.dropped(line.length)
      return
    }
    if (this.#droppedBytes > 0) {
      const note = `[drave] ${this.#droppedBytes} bytes of output were dropped: the disk did not keep up`
      this.#droppedBytes = 0
      const time = logTime(this.#parts.clock.now())
      this.#push(formatEntry({ time, stream: 'stderr', partial: false, content: Buffer.from(note) }))
    }
    this.#push(line)
  }

  #push(line: Buffer): void {
    this.#pending.push(line)
    this.#pendingBytes += line.length
  }

  #flush(): void {
    if (this.#writing || this.#pending.length === 0) return
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined
      this.#flush()
    })
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = Buffer.concat(this.#pending)
      this.#pending = []
      try {
        this.#file ??= await open(this.path, 'a', 0o600)
        await this.#file.appendFile(batch)
        this.#size += batch.length
        if (this.#size > this.#parts.limits.maxFileBytes) await this.#rotate()
      } catch {
        // A full disk: the container goes on, and its output is counted as lost.
        this.#parts.dropped(batch.length)
      }
      this.#pendingBytes -= batch.length
      this.#parts.changed(this.path)
    }
  }

  async #rotate(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    this.#size = 0
    this.#rotations++
    // In one step as far as this process is concerned: there always is a current file.
    renameSync(this.path, `${this.path}.${String(this.#rotations).padStart(6, '0')}`)
    writeFileSync(this.path, '', { mode: 0o600, flag: 'a' })
    const older = await rotatedFiles(this.path)
    for (const file of older.slice(0, Math.max(0, older.length - (this.#parts.limits.maxFiles - 1))))
      await rm(file, { force: true })
  }
}

/** The rotated files of a log, oldest first. */
export async function rotatedFiles(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`
  const names = await readdir(dirname(path)).catch(() => [])
  return names
    .filter(name => name.startsWith(prefix))
    .sort()
    .map(name => join(dirname(path), name))
}
