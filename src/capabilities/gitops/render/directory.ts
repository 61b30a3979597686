import { type Manifest, ManifestError, parseManifests } from '../../../kube/manifest.ts'
import type { FileTree } from './file-tree.ts'
import { compileGlob } from './glob.ts'
import { RenderError } from './render-error.ts'

export interface DirectoryOptions {
  recurse?: boolean | undefined
  include?: string | undefined
  exclude?: string | undefined
}

const MANIFEST = /\.(yaml|yml|json)$/
const SKIP_MARK = /^#\s*\+argocd:skip-file-rendering/m
const MAX_FILES = 5_000

/** The manifests of a plain directory, as Argo CD's directory source finds them. */
export async function renderDirectory(
  tree: FileTree,
  root: string,
  options: DirectoryOptions,
): Promise<Manifest[]> {
  const include = options.include ? compileGlob(options.include) : undefined
  const exclude = options.exclude ? compileGlob(options.exclude) : undefined
  const isWanted = (relative: string) =>
    !(exclude?.test(relative) ?? false) && (include?.test(relative) ?? true)
  const manifests: Manifest[] = []
  let files = 0
  for (const path of await filesBelow(tree, root, options.recurse === true)) {
    const relative = root === '' ? path : path.slice(root.length + 1)
    if (!isWanted(relative)) continue
    if (path.endsWith('.jsonnet')) throw new RenderError(`${path}: Jsonnet is not supported`)
    if (!MANIFEST.test(path)) continue
    if (++files > MAX_FILES) throw new RenderError(`${root || '.'}: more than ${MAX_FILES} manifest files`)
    const text = (await tree.read(path))?.toString('utf8') ?? ''
    if (!SKIP_MARK.test(text)) manifests.push(...readFile(text, path))
  }
  return manifests
}

async function filesBelow(tree: FileTree, root: string, recurse: boolean): Promise<string[]> {
  const found: string[] = []
  const pending = [root]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop())
    for (const entry of (await tree.list(folder)) ?? []) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.type === 'file') found.push(path)
      else if (recurse && entry.name !== '.git') pending.push(path)
    }
  return found.sort()
}

/** Skips, as Argo CD does, a file that does not look like manifests (a values file, a dashboard). */
function readFile(text: string, path: string): Manifest[] {
  try {
    return parseManifests(text, path)
  } catch (error) {
    if (error instanceof ManifestError && !looksLikeManifest(text)) return []
    throw error
  }
}

const looksLikeManifest = (text: string): boolean =>
  ['apiVersion', 'kind', 'metadata'].every(field => new RegExp(`(^|[\\s"{,-])${field}"?\\s*:`).test(text))
