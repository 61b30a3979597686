import type { Clock } from '../../../lib/clock.ts'
import { CommitTree } from './commit-tree.ts'
import type { Git } from './git-command.ts'
import { isFullObjectName, isObjectName, isRefName } from './names.ts'
import { ObjectReader } from './object-reader.ts'

const READER_IDLE_MS = 60_000
/** Listings kept a repository: the target and a few pull requests. */
const MAX_TREES = 6

/** A bare repository on disk, local or a mirror, read through one open object reader. */
export class GitRepository implements Disposable {
  readonly directory: string
  readonly git: Git
  readonly #reader: ObjectReader
  readonly #trees = new Map<string, Promise<CommitTree>>()
  /** The ref that stands for `HEAD`: a mirror keeps the remote's in one of its own. */
  readonly #head: string

  constructor(parts: { git: Git; directory: string; clock: Clock; head?: string }) {
    this.git = parts.git
    this.directory = parts.directory
    this.#head = parts.head ?? 'HEAD'
    this.#reader = new ObjectReader({ ...parts, idleMs: READER_IDLE_MS })
  }

  /** The commit that a branch, tag, commit or `HEAD` names, or undefined where there is none. */
  async resolve(revision: string): Promise<string | undefined> {
    if (revision === '' || revision === 'HEAD') return await this.resolveRef(this.#head)
    if (!isRefName(revision)) return undefined
    if (revision.startsWith('refs/')) return await this.resolveRef(revision)
    const named =
      (await this.resolveRef(`refs/heads/${revision}`)) ?? (await this.resolveRef(`refs/tags/${revision}`))
    if (named !== undefined) return named
    return isObjectName(revision) ? await this.resolveRef(revision) : undefined
  }

  /** The commit of a full ref name or object name. */
  async resolveRef(ref: string): Promise<string | undefined> {
    const object = await this.#reader.info(`${ref}^{commit}`)
    return object?.id
  }

  /** The files of a commit. Throws GitError when the commit is not there. */
  async tree(commit: string): Promise<CommitTree> {
    const root = await this.#reader.info(`${commit}^{tree}`)
    const treeId = root?.id ?? commit
    const known = this.#trees.get(treeId)
    this.#trees.delete(treeId)
    const tree = known ?? CommitTree.load(this.git, this.directory, { treeId, reader: this.#reader })
    // Put last: the first of the map is the one not used for longest.
    this.#trees.set(treeId, tree)
    tree.catch(() => this.#trees.delete(treeId))
    const [oldest] = this.#trees.keys()
    if (this.#trees.size > MAX_TREES && oldest !== undefined) this.#trees.delete(oldest)
    return await tree
  }

  /** Author, date and first line of a commit. */
  async describe(commit: string): Promise<{ author: string; date: string; message: string } | undefined> {
    if (!isFullObjectName(commit)) return undefined
    const object = await this.#reader.contents(commit, 256 * 1024)
    if (object?.type !== 'commit' || !object.content) return undefined
    const [head = '', ...body] = object.content.toString('utf8').split('\n\n')
    const author = /^author (.*) (\d+) [+-]\d+$/m.exec(head)
    return {
      author: author?.[1] ?? '',
      date: new Date(Number(author?.[2] ?? 0) * 1000).toISOString(),
      message: body.join('\n\n').trim(),
    }
  }

  /** Branches with their commits, by name. */
  async branches(): Promise<{ name: string; commit: string }[]> {
    const text = await this.git.text(
      ['for-each-ref', '--format=%(refname:lstrip=2)%09%(objectname)', '--', 'refs/heads/'],
      { directory: this.directory },
    )
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const [name = '', commit = ''] = line.split('\t')
        return { name, commit }
      })
  }

  [Symbol.dispose](): void {
    this.#trees.clear()
    this.#reader[Symbol.dispose]()
  }
}
