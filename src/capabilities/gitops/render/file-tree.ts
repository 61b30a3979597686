export interface TreeEntry {
  name: string
  type: 'file' | 'directory'
}

/** A read-only tree of files: a commit, a directory, or a test's map. Paths have no leading or trailing slash; `` is the root. */
export interface FileTree {
  /** A file's content, or undefined where there is no file. Throws FileTreeError for one that may not be read. */
  read(path: string): Promise<Buffer | undefined>
  /** What is directly in a directory, sorted by name, or undefined where there is no directory. */
  list(path: string): Promise<readonly TreeEntry[] | undefined>
  /** Names the content at a path: equal ids mean equal content. Undefined where there is nothing. */
  idOf(path: string): Promise<string | undefined>
}

/** A file that may not be read: too large, or a link that leaves the tree. */
export class FileTreeError extends Error {
  override name = 'FileTreeError'
}

/** Joins and normalises; undefined when the path leaves the tree or is absolute. */
export function joinPath(base: string, relative: string): string | undefined {
  if (relative.startsWith('/')) return undefined
  const parts: string[] = []
  for (const part of [...base.split('/'), ...relative.split('/')]) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (parts.pop() === undefined) return undefined
    } else parts.push(part)
  }
  return parts.join('/')
}

export const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

export const baseNameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** A tree from a map of path to content. */
export class MemoryTree implements FileTree {
  readonly #files: ReadonlyMap<string, Buffer>

  constructor(files: Readonly<Record<string, string | Buffer>>) {
    this.#files = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]))
  }

  async read(path: string): Promise<Buffer | undefined> {
    return this.#files.get(path)
  }

  async list(path: string): Promise<readonly TreeEntry[] | undefined> {
    const prefix = path === '' ? '' : `${path}/`
    const found = new Map<string, TreeEntry>()
    for (const file of this.#files.keys()) {
      if (!file.startsWith(prefix)) continue
      const [name = '', ...below] = file.slice(prefix.length).split('/')
      found.set(name, { name, type: below.length > 0 ? 'directory' : 'file' })
    }
    if (found.size === 0 && path !== '') return undefined
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async idOf(path: string): Promise<string | undefined> {
    const file = this.#files.get(path)
    if (file) return `file:${file.toString('base64')}`
    const entries = await this.list(path)
    if (!entries) return undefined
    const prefix = path === '' ? '' : `${path}/`
    const ids = await Promise.all(
      entries.map(async entry => `${entry.name}=${await this.idOf(prefix + entry.name)}`),
    )
    return `directory:${ids.join(';')}`
  }
}

/** Notes every path that is looked at, so that a result can be reused for another tree in which these are the same. */
export class RecordingTree implements FileTree {
  /** Path → id at the time (undefined: nothing was there). */
  readonly seen = new Map<string, string | undefined>()
  readonly #tree: FileTree

  constructor(tree: FileTree) {
    this.#tree = tree
  }
  async read(path: string): Promise<Buffer | undefined> {
    await this.idOf(path)
    return await this.#tree.read(path)
  }
  async list(path: string): Promise<readonly TreeEntry[] | undefined> {
    await this.idOf(path)
    return await this.#tree.list(path)
  }
  async idOf(path: string): Promise<string | undefined> {
    const id = await this.#tree.idOf(path)
    this.seen.set(path, id)
    return id
  }
}
