import { BoundedMap } from '../../../lib/bounded-map.ts'
import { type FileTree, RecordingTree } from './file-tree.ts'
import { type Rendered, render, type Source } from './render.ts'

interface Entry {
  /** What the render looked at, with ids: it holds for every tree in which these are the same. */
  seen: ReadonlyMap<string, string | undefined>
  rendered: Rendered
}

/** Several results a source: the target branch and open pull requests alternate. */
const ENTRIES_PER_SOURCE = 4

/** Renders each source only when something it read has changed, whatever else a commit brings. */
export class RenderCache {
  readonly #sources: BoundedMap<string, Entry[]>
  readonly #count: (outcome: 'hit' | 'miss') => void

  constructor(parts: { limit: number; onEvict: () => void; count: (outcome: 'hit' | 'miss') => void }) {
    this.#sources = new BoundedMap(parts.limit, parts.onEvict)
    this.#count = parts.count
  }

  /** Like `render`; the result is shared, and must not be changed. `repository` tells trees of different ones apart. */
  async render(repository: string, tree: FileTree, source: Source): Promise<Rendered> {
    const { path, directory, kustomize, helm, plugin, chart, ref } = source
    const key = JSON.stringify([repository, path, directory, kustomize, helm, plugin, chart, ref])
    const entries = this.#sources.get(key) ?? []
    for (const entry of entries)
      if (await holds(entry, tree)) {
        this.#count('hit')
        return entry.rendered
      }
    this.#count('miss')
    const recording = new RecordingTree(tree)
    const rendered = await render(recording, source)
    this.#sources.set(key, [{ seen: recording.seen, rendered }, ...entries].slice(0, ENTRIES_PER_SOURCE))
    return rendered
  }
}

async function holds(entry: Entry, tree: FileTree): Promise<boolean> {
  for (const [path, id] of entry.seen) if ((await tree.idOf(path)) !== id) return false
  return true
}
