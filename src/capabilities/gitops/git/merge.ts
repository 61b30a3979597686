import { BoundedMap } from '../../../lib/bounded-map.ts'
import type { MergeMethod } from '../kinds/pull-request.ts'
import { type Git, GitError } from './git-command.ts'

/** The outcome of trying to merge two commits without writing any ref. */
export interface MergeTrial {
  /** The merged tree; with conflicts it holds conflict markers. */
  tree: string
  conflicts: string[]
}

export interface MergeCommit {
  directory: string
  tree: string
  /** The target's commit, first parent. */
  base: string
  head: string
  method: MergeMethod
  message: string
  /** Seconds since the epoch. */
  time: number
  author: { name: string; email: string }
}

const CACHED = 500

/** Git operations that a pull request needs, in a bare repository. */
export class Merger {
  readonly #git: Git
  // What two commits make of each other never changes.
  readonly #bases = new BoundedMap<string, { commit: string | undefined }>(CACHED)
  readonly #trials = new BoundedMap<string, MergeTrial>(CACHED)

  constructor(git: Git) {
    this.#git = git
  }

  /** The common ancestor, or undefined for unrelated histories. */
  async mergeBase(directory: string, base: string, head: string): Promise<string | undefined> {
    const key = `${directory} ${base} ${head}`
    const known = this.#bases.get(key)
    if (known) return known.commit
    const commit = await this.#mergeBase(directory, base, head)
    this.#bases.set(key, { commit })
    return commit
  }

  async #mergeBase(directory: string, base: string, head: string): Promise<string | undefined> {
    const { exitCode, stdout } = await this.#git.run(['merge-base', base, head], {
      directory,
      accept: [0, 1],
    })
    return exitCode === 0 ? stdout.toString('utf8').trim().split('\n')[0] : undefined
  }

  async isAncestor(directory: string, ancestor: string, commit: string): Promise<boolean> {
    const args = ['merge-base', '--is-ancestor', ancestor, commit]
    return (await this.#git.run(args, { directory, accept: [0, 1] })).exitCode === 0
  }

  /** Merges in the object database only. Throws GitError for unrelated histories. */
  async tryMerge(directory: string, base: string, head: string): Promise<MergeTrial> {
    const key = `${directory} ${base} ${head}`
    const known = this.#trials.get(key)
    if (known) return known
    const trial = await this.#tryMerge(directory, base, head)
    this.#trials.set(key, trial)
    return trial
  }

  async #tryMerge(directory: string, base: string, head: string): Promise<MergeTrial> {
    const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head]
    const { stdout } = await this.#git.run(args, { directory, accept: [0, 1] })
    const [tree = '', ...files] = stdout.toString('utf8').split('\0')
    if (!/^[0-9a-f]{40,64}$/.test(tree)) throw new GitError('git merge-tree: unexpected output')
    return { tree, conflicts: [...new Set(files.filter(file => file !== ''))] }
  }

  /** Writes the commit of a merge; the same input gives the same commit. */
  async commit({ directory, tree, base, head, method, message, time, author }: MergeCommit): Promise<string> {
    const parents = method === 'squash' ? ['-p', base] : ['-p', base, '-p', head]
    // The @ keeps git from reading a small number as something else than seconds.
    const date = `@${time} +0000`
    return await this.#git.text(['commit-tree', tree, ...parents, '-F', '-'], {
      directory,
      input: message,
      environment: {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: author.name,
        GIT_COMMITTER_EMAIL: author.email,
        GIT_COMMITTER_DATE: date,
      },
    })
  }

  /** Sets a ref, only while it is `expected` (undefined: whatever it is). Resolves to false when it has moved. */
  async setRef(
    directory: string,
    ref: string,
    { commit, expected }: { commit: string; expected?: string },
  ): Promise<boolean> {
    const args = ['update-ref', '-m', 'pull request', '--', ref, commit, ...(expected ? [expected] : [])]
    try {
      await this.#git.run(args, { directory })
      return true
    } catch (error) {
      if (expected && error instanceof GitError && /but expected|cannot lock ref/.test(error.message))
        return false
      throw error
    }
  }
}
