import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canChangeOwner } from './ownership.ts'
import type { VolumeFile } from './volume-content.ts'

const DATA = '..data'
/** chown(2): this id stays as it is. */
const OWN_ID = 2 ** 32 - 1

/**
 * Makes a directory hold exactly these files, so that readers see either all old or all new ones: the files lie in
 * a directory of their own that the link `..data` names, and replacing that link is the change. This is the layout
 * that the kubelet writes, which programs that watch their configuration know. With a group, its members may read
 * all of it. True when something changed.
 */
export async function writePayload(
  directory: string,
  files: ReadonlyMap<string, VolumeFile>,
  group?: number,
): Promise<boolean> {
  const version = `..${digestOf(files)}`
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const current = await readlink(join(directory, DATA)).catch(() => undefined)
  if (current === version) return false

  const staged = join(directory, version)
  await rm(staged, { recursive: true, force: true })
  await mkdir(staged, { mode: 0o755 })
  for (const [path, { data, mode, user }] of files) {
    const file = join(staged, path)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, data, { mode: 0o600 })
    await chmod(file, group === undefined ? mode : mode | 0o440)
    if (canChangeOwner() && (user !== undefined || group !== undefined))
      await chown(file, user ?? OWN_ID, group ?? OWN_ID)
  }
  const next = join(directory, '..data_tmp')
  await rm(next, { force: true })
  await symlink(version, next)
  await rename(next, join(directory, DATA))

  const tops = new Set([...files.keys()].map(path => path.split('/')[0] ?? path))
  const present = await readdir(directory)
  for (const name of present)
    if (!name.startsWith('..') && !tops.has(name)) await rm(join(directory, name), { recursive: true })
  for (const name of tops) if (!present.includes(name)) await symlink(join(DATA, name), join(directory, name))
  if (current) await rm(join(directory, current), { recursive: true, force: true })
  return true
}

function digestOf(files: ReadonlyMap<string, VolumeFile>): string {
  const hash = createHash('sha256')
  for (const [path, { data, mode }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${mode}\0${data.length}\0`).update(data)
  return hash.digest('hex').slice(0, 16)
}
