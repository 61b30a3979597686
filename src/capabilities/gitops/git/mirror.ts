import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import { collectGarbage } from './garbage.ts'
import { type Git, GitError } from './git-command.ts'
import { withoutCredentials } from './names.ts'
import { GitRepository } from './repository.ts'

/** Where a mirror keeps what the remote calls `HEAD`. */
const HEAD_REF = 'refs/drave/head'
const FETCH_TIMEOUT_MS = 120_000
const MAX_BACK_OFF_MS = 60_000

export type MirrorState =
  | { kind: 'pending' }
  | { kind: 'ready'; repository: GitRepository }
  | { kind: 'failed'; message: string }

/** A bare copy of a remote repository: its branches, tags and `HEAD`. */
export class Mirror implements Disposable {
  readonly url: string
  readonly #git: Git
  readonly #folder: string
  readonly #clock: Clock
  readonly #locate: (url: string) => Promise<string>
  readonly #repository: GitRepository
  #fetching: Promise<void> | undefined
  #state: MirrorState = { kind: 'pending' }
  #failures = 0
  #nextAt = 0

  /** `locate` turns an in-cluster URL into one that can be dialled. */
  constructor(parts: {
    git: Git
    folder: string
    clock: Clock
    url: string
    locate: (url: string) => Promise<string>
  }) {
    this.url = parts.url
    this.#git = parts.git
    this.#clock = parts.clock
    this.#locate = parts.locate
    const name = createHash('sha256').update(parts.url).digest('hex').slice(0, 32)
    this.#folder = join(parts.folder, `${name}.git`)
    this.#repository = new GitRepository({ ...parts, directory: this.#folder, head: HEAD_REF })
  }

  get state(): MirrorState {
    return this.#state
  }

  get isFetching(): boolean {
    return this.#fetching !== undefined
  }

  /** Whether the wait after the last failures is over. */
  get isDue(): boolean {
    return this.#clock.now() >= this.#nextAt
  }

  /** Fetches once; callers at the same time share it. Never throws: the state says what went wrong. */
  fetch(pollMs: number): Promise<void> {
    this.#fetching ??= this.#fetch()
      .then(
        () => {
          this.#failures = 0
          this.#nextAt = 0
          this.#state = { kind: 'ready', repository: this.#repository }
        },
        error => {
          this.#failures++
          const wait = Math.min(MAX_BACK_OFF_MS, pollMs * 2 ** Math.min(this.#failures, 10))
          this.#nextAt = this.#clock.now() + wait
          const why = error instanceof Error ? error.message : String(error)
          this.#state = {
            kind: 'failed',
            message: `repository ${withoutCredentials(this.url)} cannot be read: ${withoutCredentials(why)}`,
          }
        },
      )
      .finally(() => {
        this.#fetching = undefined
      })
    return this.#fetching
  }

  async #fetch(): Promise<void> {
    await this.#create()
    const url = await this.#locate(this.url)
    const fetch = (refs: readonly string[]) =>
      this.#git.run(
        [
          ...['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=30'],
          ...['fetch', '--quiet', '--prune', '--force', '--no-write-fetch-head', '--no-recurse-submodules'],
          ...['--', url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*', ...refs],
        ],
        { directory: this.#folder, timeoutMs: FETCH_TIMEOUT_MS },
      )
    try {
      await fetch([`+HEAD:${HEAD_REF}`])
    } catch (error) {
      // An empty repository, or one whose HEAD names a branch that is not there.
      if (!(error instanceof GitError) || !error.message.includes("couldn't find remote ref HEAD"))
        throw error
      await fetch([])
    }
    await collectGarbage(this.#git, this.#folder)
  }

  async #create(): Promise<void> {
    if (existsSync(join(this.#folder, 'HEAD'))) return
    await mkdir(join(this.#folder, '..'), { recursive: true, mode: 0o700 })
    const draft = `${this.#folder}.new`
    await rm(draft, { recursive: true, force: true })
    await this.#git.run(['init', '--quiet', '--bare', '--', draft])
    await writeFile(join(draft, 'description'), `mirror of ${withoutCredentials(this.url)}\n`)
    await rename(draft, this.#folder)
  }

  [Symbol.dispose](): void {
    this.#repository[Symbol.dispose]()
  }
}
