import { FileTreeError, type FileTree, joinPath, type TreeEntry, directoryOf } from '../render/file-tree.ts'
import type { Git } from './git-command.ts'
import type { ObjectReader } from './object-reader.ts'

interface Node {
  mode: string
  id: string
}

const LINK = '120000'
const DIRECTORY = '040000'
const SUBMODULE = '160000'
const MAX_LINKS = 20
/** The largest file that is read as a manifest. */
const MAX_FILE_BYTES = 8 * 1024 * 1024
const MAX_LISTING_BYTES = 128 * 1024 * 1024

/** The files of one commit. Directories come from one `ls-tree`, contents from the repository's object reader. */
export class CommitTree implements FileTree {
  readonly #nodes: ReadonlyMap<string, Node>
  readonly #children: ReadonlyMap<string, readonly string[]>
  readonly #reader: ObjectReader

  private constructor(nodes: Map<string, Node>, children: Map<string, string[]>, reader: ObjectReader) {
    this.#nodes = nodes
    this.#children = children
    this.#reader = reader
  }

  /** Lists a commit's tree. `treeId` is the id of its root. */
  static async load(
    git: Git,
    directory: string,
    { treeId, reader }: { treeId: string; reader: ObjectReader },
  ): Promise<CommitTree> {
    const { stdout } = await git.run(['ls-tree', '-r', '-t', '-z', '--full-tree', treeId, '--'], {
      directory,
      maxOutputBytes: MAX_LISTING_BYTES,
    })
    const nodes = new Map<string, Node>([['', { mode: DIRECTORY, id: treeId }]])
    const children = new Map<string, string[]>([['', []]])
    for (const line of stdout.toString('utf8').split('\0')) {
      const tab = line.indexOf('\t')
      if (tab < 0) continue
      const [mode = '', , id = ''] = line.slice(0, tab).split(' ')
      const path = line.slice(tab + 1)
      nodes.set(path, { mode, id })
      children.get(directoryOf(path))?.push(path.slice(path.lastIndexOf('/') + 1))
      if (mode === DIRECTORY) children.set(path, [])
    }
    return new CommitTree(nodes, children, reader)
  }

  async read(path: string): Promise<Buffer | undefined> {
    const node = this.#nodes.get((await this.#resolve(path)) ?? '')
    if (!node || node.mode === DIRECTORY || node.mode === SUBMODULE) return undefined
    const object = await this.#reader.contents(node.id, MAX_FILE_BYTES)
    if (object && !object.content)
      throw new FileTreeError(
        `${path}: ${object.sizeBytes} bytes is more than the ${MAX_FILE_BYTES} allowed for a manifest`,
      )
    return object?.content
  }

  async list(path: string): Promise<readonly TreeEntry[] | undefined> {
    const resolved = await this.#resolve(path)
    const names = resolved === undefined ? undefined : this.#children.get(resolved)
    if (!names) return undefined
    const prefix = path === '' ? '' : `${path}/`
    const entries = await Promise.all(
      names.map(async (name): Promise<TreeEntry | undefined> => {
        const target = await this.#resolve(prefix + name)
        const mode = target === undefined ? undefined : this.#nodes.get(target)?.mode
        if (mode === undefined || mode === SUBMODULE) return undefined
        return { name, type: mode === DIRECTORY ? 'directory' : 'file' }
      }),
    )
    return entries.filter(entry => entry !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async idOf(path: string): Promise<string | undefined> {
    const resolved = await this.#resolve(path)
    return resolved === undefined ? undefined : this.#nodes.get(resolved)?.id
  }

  /** Follows symbolic links; undefined where nothing is there. Throws FileTreeError when a link leaves the repository. */
  async #resolve(path: string): Promise<string | undefined> {
    let current = path
    for (let links = 0; links <= MAX_LINKS; links++) {
      const link = this.#firstLink(current)
      if (link === undefined) return this.#nodes.has(current) ? current : undefined
      const node = this.#nodes.get(link)
      const object = node && (await this.#reader.contents(node.id, 4096))
      const target = joinPath(directoryOf(link), object?.content?.toString('utf8') ?? '/')
      if (target === undefined)
        throw new FileTreeError(`${link}: a symbolic link that leaves the repository is not followed`)
      current = target + current.slice(link.length)
    }
    throw new FileTreeError(`${path}: more than ${MAX_LINKS} symbolic links`)
  }

  /** The shortest leading part of a path that is a symbolic link. */
  #firstLink(path: string): string | undefined {
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const part = end < 0 ? path : path.slice(0, end)
      const node = this.#nodes.get(part)
      if (!node) return undefined
      if (node.mode === LINK) return part
      if (end < 0) return undefined
    }
  }
}
