import type { Clock } from '../../../lib/clock.ts'
import type { Git } from './git-command.ts'
import type { LocalRepositories } from './local-repositories.ts'
import { Mirror } from './mirror.ts'
import { checkRepositoryUrl, isRepositoryName } from './names.ts'
import type { GitRepository } from './repository.ts'

export type SourceState =
  | { kind: 'pending' }
  | { kind: 'ready'; repository: GitRepository }
  | { kind: 'failed'; message: string }

/** A revision of a repository that somebody wants to be woken for. */
export interface Interest {
  url: string
  revision: string
}

interface Watched {
  interest: Interest
  commit: string | undefined
  subscribers: Set<string>
}

/**
 * Repositories by URL: those of the built-in server directly, all others through mirrors that are fetched
 * while somebody is interested. Subscribers are woken when their revision names another commit.
 */
export class Sources implements Disposable {
  readonly #git: Git
  readonly #clock: Clock
  readonly #folder: string
  readonly #local: LocalRepositories
  readonly #allowFile: boolean
  readonly #pollMs: number
  readonly #locate: (url: string) => Promise<string>
  readonly #ownHosts = new Set<string>()
  readonly #mirrors = new Map<string, Mirror>()
  readonly #watched = new Map<string, Watched>()
  readonly #bySubscriber = new Map<string, readonly string[]>()
  readonly #listeners = new Set<(subscriber: string) => void>()
  readonly #timer: Disposable
  readonly #subscription: Disposable
  readonly #busy = new Set<string>()

  constructor(parts: {
    git: Git
    clock: Clock
    mirrorFolder: string
    local: LocalRepositories
    allowFile: boolean
    pollMs: number
    locate: (url: string) => Promise<string>
  }) {
    this.#git = parts.git
    this.#clock = parts.clock
    this.#folder = parts.mirrorFolder
    this.#local = parts.local
    this.#allowFile = parts.allowFile
    this.#pollMs = parts.pollMs
    this.#locate = parts.locate
    this.#subscription = parts.local.onChange(name => void this.#check(`local:${name}`, true))
    this.#timer = parts.clock.every(parts.pollMs, () => this.#poll())
  }

  /** Host and port under which the built-in server is known. */
  addOwnHost(host: string): void {
    this.#ownHosts.add(host)
  }

  /** The built-in server's repository that a URL names, or undefined. */
  localName(url: string): string | undefined {
    const parsed = /^https?:/.test(url) && URL.canParse(url) ? new URL(url) : undefined
    if (!parsed || !this.#ownHosts.has(parsed.host)) return undefined
    const name = parsed.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
    return isRepositoryName(name) ? name : undefined
  }

  /** What is known of a repository now. Throws GitNameError for a URL that is not allowed. */
  open(url: string): SourceState {
    const name = this.localName(url)
    if (name !== undefined) {
      const repository = this.#local.get(name)
      return repository
        ? { kind: 'ready', repository }
        : { kind: 'failed', message: `repository ${url} does not exist on this stack's Git server` }
    }
    return this.#mirror(url).state
  }

  /** Fetches a repository now, whatever its back-off. */
  async refresh(url: string): Promise<void> {
    if (this.localName(url) === undefined) await this.#fetch(this.#mirror(url))
  }

  /** Replaces what a subscriber is interested in. */
  subscribe(subscriber: string, interests: readonly Interest[]): void {
    const keys = interests.map(interest => `${this.#keyOf(interest.url)}\n${interest.revision}`)
    const before = this.#bySubscriber.get(subscriber)
    if (before && before.length === keys.length && before.every((key, index) => key === keys[index])) return
    this.#forget(subscriber)
    this.#bySubscriber.set(subscriber, keys)
    for (const [index, key] of keys.entries()) {
      const interest = interests[index]
      if (!interest) continue
      const watched = this.#watched.get(key) ?? { interest, commit: undefined, subscribers: new Set() }
      watched.subscribers.add(subscriber)
      this.#watched.set(key, watched)
      if (this.localName(interest.url) === undefined) {
        const mirror = this.#mirror(interest.url)
        if (mirror.state.kind === 'pending' && !mirror.isFetching) void this.#fetch(mirror)
      } else void this.#checkOne(watched, false)
    }
    this.#dropUnusedMirrors()
  }

  unsubscribe(subscriber: string): void {
    this.#forget(subscriber)
    this.#dropUnusedMirrors()
  }

  #forget(subscriber: string): void {
    for (const key of this.#bySubscriber.get(subscriber) ?? []) {
      const watched = this.#watched.get(key)
      watched?.subscribers.delete(subscriber)
      if (watched?.subscribers.size === 0) this.#watched.delete(key)
    }
    this.#bySubscriber.delete(subscriber)
  }

  onChange(listener: (subscriber: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  #keyOf(url: string): string {
    const name = this.localName(url)
    return name === undefined ? url : `local:${name}`
  }

  #mirror(url: string): Mirror {
    const known = this.#mirrors.get(url)
    if (known) return known
    checkRepositoryUrl(url, { allowFile: this.#allowFile })
    const mirror = new Mirror({
      git: this.#git,
      folder: this.#folder,
      clock: this.#clock,
      url,
      locate: this.#locate,
    })
    this.#mirrors.set(url, mirror)
    return mirror
  }

  #poll(): void {
    const keys = new Set([...this.#watched.values()].map(watched => this.#keyOf(watched.interest.url)))
    for (const key of keys) {
      if (key.startsWith('local:')) void this.#check(key, false)
      else {
        const mirror = this.#mirrors.get(key)
        if (mirror?.isDue && !mirror.isFetching) void this.#fetch(mirror)
      }
    }
  }

  async #fetch(mirror: Mirror): Promise<void> {
    const before = mirror.state
    await mirror.fetch(this.#pollMs)
    const after = mirror.state
    const isOther =
      before.kind !== after.kind ||
      (before.kind === 'failed' && after.kind === 'failed' && before.message !== after.message)
    await this.#check(mirror.url, isOther)
  }

  /** Looks again at every watched revision of a repository; `wakeAll` wakes even for an unchanged commit. */
  async #check(key: string, wakeAll: boolean): Promise<void> {
    if (this.#busy.has(key) && !wakeAll) return
    this.#busy.add(key)
    try {
      const watched = [...this.#watched.values()].filter(item => this.#keyOf(item.interest.url) === key)
      await Promise.all(watched.map(item => this.#checkOne(item, wakeAll)))
    } finally {
      this.#busy.delete(key)
    }
  }

  async #checkOne(watched: Watched, wakeAlways: boolean): Promise<void> {
    const state = this.open(watched.interest.url)
    let commit: string | undefined
    if (state.kind === 'ready')
      commit = await state.repository.resolve(watched.interest.revision).catch(() => undefined)
    const isOther = watched.commit !== undefined && commit !== watched.commit
    watched.commit = commit
    if (!isOther && !wakeAlways) return
    for (const subscriber of [...watched.subscribers])
      for (const listener of [...this.#listeners]) listener(subscriber)
  }

  #dropUnusedMirrors(): void {
    const used = new Set([...this.#watched.values()].map(watched => watched.interest.url))
    for (const [url, mirror] of this.#mirrors)
      if (!used.has(url)) {
        mirror[Symbol.dispose]()
        this.#mirrors.delete(url)
      }
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
    this.#subscription[Symbol.dispose]()
    for (const mirror of this.#mirrors.values()) mirror[Symbol.dispose]()
    this.#mirrors.clear()
  }
}
