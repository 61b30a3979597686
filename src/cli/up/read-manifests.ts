import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { CliError } from '../../kernel/command.ts'
import { type Manifest, ManifestError, parseManifests } from '../../kube/manifest.ts'

const MAX_FILE_BYTES = 16 * 1024 * 1024
const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.drave'])

export interface ReadManifests {
  manifests: Manifest[]
  /** Files that could not be read as manifests, each with the reason that names file and line. */
  refused: { where: string; why: string }[]
}

/** Reads every .yaml, .yml and .json file of the paths; folders are walked. Throws CliError for a path that is not there. */
export async function readManifests(paths: readonly string[]): Promise<ReadManifests> {
  const found: ReadManifests = { manifests: [], refused: [] }
  for (const path of paths) {
    const kind = await stat(path).catch(error => {
      throw new CliError(
        `${path}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message}`,
        { cause: error },
      )
    })
    const files = kind.isDirectory() ? await walk(path) : [path]
    if (files.length === 0) throw new CliError(`${path} holds no .yaml, .yml or .json file`)
    for (const file of files) await readInto(found, file, kind.isDirectory() && !/\.ya?ml$/.test(file))
  }
  return found
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const files: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) files.push(...(await walk(path)))
    else if (entry.isFile() && /\.(ya?ml|json)$/.test(entry.name)) files.push(path)
  }
  return files
}

async function readInto(found: ReadManifests, file: string, lenient: boolean): Promise<void> {
  const name = relative(process.cwd(), file) || file
  if ((await stat(file)).size > MAX_FILE_BYTES) {
    found.refused.push({ where: name, why: `larger than ${MAX_FILE_BYTES} bytes` })
    return
  }
  const text = await readFile(file, 'utf8')
  // A folder may hold JSON that is nobody's manifest, such as a package.json.
  if (lenient && !/"apiVersion"\s*:/.test(text)) return
  if (/^kind:\s*Kustomization\b/m.test(text) || /(^|\/)kustomization\.ya?ml$/.test(file)) {
    found.refused.push({
      where: name,
      why: 'a kustomization is built by an Application, not applied; point an Application at this folder, or apply what `kubectl kustomize` prints',
    })
    return
  }
  try {
    found.manifests.push(...parseManifests(text, name))
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    found.refused.push({
      where: `${error.file}:${error.line}`,
      why: error.message.slice(error.message.indexOf(': ') + 2),
    })
  }
}
