import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Gives the owner write access to a tree, for changing or removing a copy of a read-only one. */
export async function makeWritable(path: string): Promise<void> {
  const stat = await lstat(path)
  if (stat.isSymbolicLink()) return
  await chmod(path, stat.mode | 0o200)
  if (!stat.isDirectory()) return
  for (const name of await readdir(path)) await makeWritable(join(path, name))
}
