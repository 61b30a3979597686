import { appendFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../logger.ts'
import type { AuditOptions } from './audit-options.ts'

const NAME = 'audit.log'
const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024

interface AuditLogParts extends Omit<AuditOptions, 'policy'> {
  clock: Clock
  log: Logger
  /** An event was dropped, since the disk is too slow or full. */
  onDropped(): void
}

/** A file of lines that is put aside when it is long. What waits to be written is bounded; more is dropped. */
export class AuditLog implements AsyncDisposable {
  readonly #parts: AuditLogParts
  #waiting: string[] = []
  #waitingCharacters = 0
  #writing: Promise<void> | undefined
  /** Bytes in the current file; undefined before it was looked at. */
  #size: number | undefined

  constructor(parts: AuditLogParts) {
    this.#parts = parts
  }

  write(line: string): void {
    if (this.#waitingCharacters + line.length > MAX_WAITING_CHARACTERS) {
      this.#parts.onDropped()
      return
    }
    this.#waiting.push(line)
    this.#waitingCharacters += line.length
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    // What comes in the same turn is written together.
    await new Promise(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0)
      this.#waitingCharacters = 0
      try {
        await this.#append(`${lines.join('\n')}\n`)
      } catch (error) {
        this.#size = undefined
        for (const _line of lines) this.#parts.onDropped()
        this.#parts.log.error({ err: error }, 'the audit log could not be written')
      }
    }
  }

  async #append(text: string): Promise<void> {
    const { directory, maxFileBytes } = this.#parts
    const path = join(directory, NAME)
    if (this.#size === undefined) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      this.#size = await stat(path).then(
        ({ size }) => size,
        () => 0,
      )
    }
    const bytes = Buffer.byteLength(text)
    if (this.#size > 0 && this.#size + bytes > maxFileBytes) await this.#rotate(path)
    await appendFile(path, text, { mode: 0o600 })
    this.#size = (this.#size ?? 0) + bytes
  }

  async #rotate(path: string): Promise<void> {
    const { directory, clock, maxBackups } = this.#parts
    const time = new Date(clock.now()).toISOString().replaceAll(':', '-').replace('Z', '')
    const others = await readdir(directory)
    const taken = (name: string) => others.includes(name)
    let name = `audit-${time}.log`
    for (let count = 1; taken(name); count++) name = `audit-${time}.${count}.log`
    await rename(path, join(directory, name))
    this.#size = 0
    const old = [...others.filter(other => /^audit-.*\.log$/.test(other)), name].sort()
    for (const excess of old.slice(0, Math.max(0, old.length - maxBackups))) await rm(join(directory, excess))
  }
}
