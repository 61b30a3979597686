import { type FileTree, joinPath } from '../file-tree.ts'
import { RenderError } from '../render-error.ts'

/**
 * Reads a file that a kustomization names. As kustomize's load restriction has it, the file must be in the
 * kustomization's folder or below; only directories may be elsewhere in the repository.
 */
export async function loadFile(tree: FileTree, folder: string, path: string): Promise<Buffer> {
  const file = joinPath(folder, path)
  if (file === undefined) throw new RenderError(`${folder || '.'}: ${path} is outside of the repository`)
  const content = await tree.read(file)
  if (!content) throw new RenderError(`${folder || '.'}: there is no file ${path}`)
  if (folder !== '' && !file.startsWith(`${folder}/`))
    throw new RenderError(`${folder}: the file ${path} is not in the kustomization's folder or below it`)
  return content
}
