import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of the store, named after the revision that its header also carries. */
export interface NamedFile {
  path: string
  revision: number
}

const DIGITS = 16
const pattern = /^(log|snapshot)-(\d{16})\.drave$/

export const logPath = (directory: string, base: number): string => pathOf(directory, 'log', base)
export const snapshotPath = (directory: string, revision: number): string =>
  pathOf(directory, 'snapshot', revision)

const pathOf = (directory: string, kind: string, revision: number) =>
  join(directory, `${kind}-${String(revision).padStart(DIGITS, '0')}.drave`)

/** The store's files in order of revision; leftovers of a snapshot that never got its name are removed. */
export async function listFiles(directory: string): Promise<{ logs: NamedFile[]; snapshots: NamedFile[] }> {
  const logs: NamedFile[] = []
  const snapshots: NamedFile[] = []
  for (const name of (await readdir(directory)).sort()) {
    const [, kind, digits] = pattern.exec(name) ?? []
    const path = join(directory, name)
    if (kind) (kind === 'log' ? logs : snapshots).push({ path, revision: Number(digits) })
    else if (name.endsWith('.drave.new')) await rm(path, { force: true })
  }
  return { logs, snapshots }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
