import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import { type Git, GitError } from './git-command.ts'
import { isRefName, isRepositoryName } from './names.ts'
import { GitRepository } from './repository.ts'

/** The bare repositories of the built-in server, `NAME.git` in one folder. */
export class LocalRepositories implements Disposable {
  readonly folder: string
  readonly #git: Git
  readonly #clock: Clock
  readonly #open = new Map<string, GitRepository>()
  readonly #listeners = new Set<(name: string) => void>()

  constructor(parts: { git: Git; folder: string; clock: Clock }) {
    this.#git = parts.git
    this.folder = parts.folder
    this.#clock = parts.clock
  }

  directoryOf(name: string): string {
    if (!isRepositoryName(name)) throw new GitError(`"${name}" is not a repository name`)
    return join(this.folder, `${name}.git`)
  }

  has(name: string): boolean {
    return isRepositoryName(name) && existsSync(join(this.directoryOf(name), 'HEAD'))
  }

  /** The repository, or undefined where there is none. It stays open until removed. */
  get(name: string): GitRepository | undefined {
    if (!this.has(name)) return undefined
    const known = this.#open.get(name)
    if (known) return known
    const repository = new GitRepository({
      git: this.#git,
      directory: this.directoryOf(name),
      clock: this.#clock,
    })
    this.#open.set(name, repository)
    return repository
  }

  /** Makes an empty bare repository, or leaves an existing one; sets which branch `HEAD` names. */
  async create(name: string, defaultBranch: string): Promise<void> {
    if (!isRefName(defaultBranch)) throw new GitError(`"${defaultBranch}" is not a branch name`)
    const directory = this.directoryOf(name)
    if (!this.has(name)) {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      // Made beside its place and moved there, so that a crash leaves no half-made repository under its name.
      const draft = join(this.folder, `.${name}.new`)
      await rm(draft, { recursive: true, force: true })
      await this.#git.run(['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, '--', draft])
      await rename(draft, directory)
      return
    }
    const head = await this.#git.run(['symbolic-ref', '--quiet', 'HEAD'], { directory, accept: [0, 1] })
    if (head.stdout.toString('utf8').trim() !== `refs/heads/${defaultBranch}`)
      await this.#git.run(['symbolic-ref', '-m', 'default branch', 'HEAD', `refs/heads/${defaultBranch}`], {
        directory,
      })
  }

  async remove(name: string): Promise<void> {
    this.#open.get(name)?.[Symbol.dispose]()
    this.#open.delete(name)
    await rm(this.directoryOf(name), { recursive: true, force: true })
    this.notify(name)
  }

  async names(): Promise<string[]> {
    const entries = await readdir(this.folder).catch(() => [])
    return entries
      .filter(entry => entry.endsWith('.git'))
      .map(entry => entry.slice(0, -'.git'.length))
      .filter(name => this.has(name))
      .sort()
  }

  /** Tells the listeners that refs of a repository may have changed. */
  notify(name: string): void {
    for (const listener of [...this.#listeners]) listener(name)
  }

  onChange(listener: (name: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  [Symbol.dispose](): void {
    for (const repository of this.#open.values()) repository[Symbol.dispose]()
    this.#open.clear()
  }
}
