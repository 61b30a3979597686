import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { OutputPipes } from './output-pipes.ts'

/** Made at once: the pipes of so many containers, each of which has two. */
const CONTAINERS_AHEAD = 32

type Make = (files: readonly string[]) => Promise<unknown>

/** Node cannot make pipes with a name. */
export const mkfifo: Make = files => promisify(execFile)('mkfifo', ['-m', '0600', ...files])

/** Named pipes that are made ahead: a process that makes many takes no longer than one that makes two. */
export class PipePool {
  readonly #directory: string
  readonly #make: Make
  #ready: string[] = []
  #refilling: Promise<void> | undefined
  #made = 0

  /** The directory is the pool's own, on the file system that the pipes are for; what is in it from before is removed. */
  constructor(directory: string, make: Make = mkfifo) {
    this.#directory = directory
    this.#make = make
  }

  /** New pipes in a container's directory, in place of those of an earlier run. */
  async take(directory: string): Promise<OutputPipes> {
    await mkdir(directory, { recursive: true, mode: 0o755 })
    const pipes = { stdout: join(directory, 'stdout'), stderr: join(directory, 'stderr') }
    for (const file of Object.values(pipes)) await rename(await this.#one(), file)
    return pipes
  }

  async #one(): Promise<string> {
    for (;;) {
      const file = this.#ready.pop()
      if (file !== undefined) return file
      this.#refilling ??= this.#refill().finally(() => {
        this.#refilling = undefined
      })
      await this.#refilling
    }
  }

  async #refill(): Promise<void> {
    if (this.#made === 0) await rm(this.#directory, { recursive: true, force: true })
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const files = Array.from({ length: 2 * CONTAINERS_AHEAD }, (_, index) =>
      join(this.#directory, String(this.#made + index)),
    )
    this.#made += files.length
    await this.#make(files)
    this.#ready = files
  }
}
