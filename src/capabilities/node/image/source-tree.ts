import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { ImageBuildError } from './build-error.ts'
import { ignoreRule } from './ignore-file.ts'

export type SourceEntry =
  | { kind: 'directory'; path: string }
  | { kind: 'file'; path: string; size: number; executable: boolean }
  | { kind: 'link'; path: string; target: string }

/** Never packed: the history of the sources, and a Drave data directory among them. */
const ALWAYS_SKIPPED = ['.git', '.drave']

const MAX_ENTRIES = 200_000

/** Lists what a directory brings into an image, sorted by path, without what `.dockerignore` excludes. Throws ImageBuildError. */
export async function sourceTree(directory: string): Promise<SourceEntry[]> {
  const stat = await lstat(directory).catch(() => undefined)
  if (!stat?.isDirectory()) throw new ImageBuildError(`${directory} is not a directory`)
  const ignored = ignoreRule(await readFile(join(directory, '.dockerignore'), 'utf8').catch(() => ''))
  const entries: SourceEntry[] = []
  const walk = async (folder: string): Promise<void> => {
    const names = (await readdir(join(directory, folder))).sort(byCodePoint)
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (ALWAYS_SKIPPED.includes(path)) continue
      const found = await entryOf(directory, path, ignored(path))
      if (!found) continue
      // Exceptions may lie inside an ignored directory, so it is walked, and listed only for their sake.
      if (found.kind === 'directory') {
        const at = entries.length
        await walk(path)
        if (!ignored(path) || entries.length > at) entries.splice(at, 0, found)
      } else entries.push(found)
      if (entries.length > MAX_ENTRIES)
        throw new ImageBuildError(
          `${directory} has more than ${MAX_ENTRIES} files`,
          'exclude what the application does not need with a .dockerignore file',
        )
    }
  }
  await walk('')
  return entries
}

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Undefined for something ignored that is not a directory: it need not be packable. */
async function entryOf(directory: string, path: string, ignored: boolean): Promise<SourceEntry | undefined> {
  const file = join(directory, path)
  const stat = await lstat(file)
  if (stat.isDirectory()) return { kind: 'directory', path }
  if (ignored) return undefined
  if (stat.isFile()) return { kind: 'file', path, size: stat.size, executable: (stat.mode & 0o100) !== 0 }
  if (!stat.isSymbolicLink())
    throw new ImageBuildError(
      `${file} is neither a file, a directory nor a link`,
      'exclude it with a .dockerignore file',
    )
  const target = await readlink(file)
  const end = posix.normalize(posix.join(posix.dirname(path), target))
  if (posix.isAbsolute(target) || end === '..' || end.startsWith('../'))
    throw new ImageBuildError(
      `${file} is a link to ${target}, outside of the directory that is packed`,
      'replace it by a copy or a relative link, or exclude it with a .dockerignore file',
    )
  return { kind: 'link', path, target }
}
