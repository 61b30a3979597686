import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const BLOCK_BYTES = 512

/** The bytes that a tree takes on disk, as `du` counts them; what goes away meanwhile counts nothing. */
export async function usageOf(path: string): Promise<number> {
  const stat = await lstat(path).catch(() => undefined)
  if (!stat) return 0
  let bytes = stat.blocks * BLOCK_BYTES
  if (stat.isDirectory())
    for (const name of await readdir(path).catch(() => [])) bytes += await usageOf(join(path, name))
  return bytes
}
