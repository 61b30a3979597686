import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const USUAL_NAME = '.drave'

export interface DataDirSources {
  flags: ReadonlyMap<string, readonly string[]>
  environment: Readonly<Record<string, string | undefined>>
  folder: string
  /** Whether a folder above may hold the data directory. */
  searchAbove: boolean
}

/** The data directory that a verb means: flag over environment over the configuration file over the nearest `.drave`, here or above. */
export async function dataDirOf({
  flags,
  environment,
  folder,
  searchAbove,
}: DataDirSources): Promise<string> {
  const named =
    flags.get('data-dir')?.[0] ??
    environment.DRAVE_DATA_DIR ??
    (await fromFile(resolve(folder, flags.get('config')?.[0] ?? 'drave.yaml')))
  if (named !== undefined) return resolve(folder, named)
  return (searchAbove ? nearest(folder) : undefined) ?? join(folder, USUAL_NAME)
}

/** `dataDir` of the file, where there is one; what is wrong with the file is `up`'s to say. */
async function fromFile(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined
  const { parseDocument } = await import('yaml')
  const value: unknown = parseDocument(readFileSync(file, 'utf8')).get('dataDir')
  return typeof value === 'string' ? value : undefined
}

/** The data directory of the folder, or of the nearest one above it, as git finds `.git`. */
function nearest(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, USUAL_NAME)
    if (isOurs(candidate)) return candidate
    if (at === dirname(at)) return undefined
  }
}

/** A data directory of another user is not obeyed: its lock names the process that `down` stops, as git's safe.directory guards. */
function isOurs(directory: string): boolean {
  try {
    const { uid } = statSync(join(directory, 'format'))
    return process.getuid === undefined || uid === process.getuid()
  } catch {
    return false
  }
}
