import type { Manifest } from '../../../kube/manifest.ts'
import type { ApplicationOperationSyncSource } from '../kinds/generated/application.ts'
import { renderDirectory } from './directory.ts'
import { type FileTree, joinPath } from './file-tree.ts'
import { buildKustomization } from './kustomize/build.ts'
import { kustomizationNames } from './kustomize/kustomization.ts'
import { checkOverrides, override } from './kustomize/overrides.ts'
import { RenderError } from './render-error.ts'

/** One source of an Application. */
export type Source = ApplicationOperationSyncSource

export type SourceType = 'Directory' | 'Kustomize'

export interface Rendered {
  type: SourceType
  manifests: Manifest[]
}

/** Fields of a source that would change what is rendered, and are not supported yet. */
const unsupported: readonly (keyof Source)[] = ['chart', 'helm', 'plugin', 'ref']

/** Renders what a source says of a tree. Throws RenderError, ManifestError or FileTreeError. */
export async function render(tree: FileTree, source: Source): Promise<Rendered> {
  for (const field of unsupported)
    if (source[field] !== undefined && source[field] !== '')
      throw new RenderError(`spec.source.${field} is not supported yet`)
  if (source.directory?.jsonnet && Object.keys(source.directory.jsonnet).length > 0)
    throw new RenderError('spec.source.directory.jsonnet is not supported')
  if (source.directory?.disableExtensionFilter)
    throw new RenderError('spec.source.directory.disableExtensionFilter is not supported yet')
  const path = joinPath('', source.path ?? '')
  if (path === undefined)
    throw new RenderError(`spec.source.path "${source.path}" is outside of the repository`)
  if ((await tree.list(path)) === undefined)
    throw new RenderError(
      (await tree.read(path)) === undefined
        ? `there is no folder "${source.path}"`
        : `"${source.path}" is a file, not a folder`,
    )
  const type = await detect(tree, path, source)
  if (type === 'Kustomize') {
    const overrides = source.kustomize ?? {}
    checkOverrides(overrides)
    const manifests = await buildKustomization(tree, path, kustomization =>
      override(kustomization, overrides),
    )
    return { type, manifests }
  }
  return { type, manifests: await renderDirectory(tree, path, source.directory ?? {}) }
}

/** As Argo CD: what the source names explicitly, else a Chart.yaml is Helm, a kustomization Kustomize, all else a directory. */
async function detect(tree: FileTree, path: string, source: Source): Promise<SourceType> {
  const names = new Set(
    ((await tree.list(path)) ?? []).filter(entry => entry.type === 'file').map(entry => entry.name),
  )
  if (source.kustomize && Object.keys(source.kustomize).length > 0) return 'Kustomize'
  if (source.directory && Object.keys(source.directory).length > 0) return 'Directory'
  if (names.has('Chart.yaml'))
    throw new RenderError(`${path || '.'} is a Helm chart (Chart.yaml), and Helm is not supported yet`)
  return kustomizationNames.some(name => names.has(name)) ? 'Kustomize' : 'Directory'
}
