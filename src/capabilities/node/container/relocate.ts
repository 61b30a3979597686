import { existsSync } from 'node:fs'
import { isAbsolute, join, posix } from 'node:path'

/** Where paths of a container really are. */
export interface Relocation {
  /** The directory that stands for `/`. */
  root: string
  mountPaths: readonly string[]
  /** Whether `root` holds an image, so that any absolute path in it is meant. */
  hasImage: boolean
}

/**
 * Rewrites paths under a mount path to where the volume really is: a process without a file system of its own
 * could not open them otherwise. Only whole paths are rewritten: after the beginning of the text, a blank or one
 * of `= : , ' " ( < >`.
 */
export function relocate(text: string, { root, mountPaths, hasImage }: Relocation): string {
  if (hasImage && isAbsolute(text) && existsSync(join(root, posix.normalize(text)))) return join(root, text)
  let result = text
  // Longest first: `/data/cache` is not to be taken for `/data`.
  for (const path of [...mountPaths].sort((a, b) => b.length - a.length)) {
    const pattern = new RegExp(`(^|[\\s=:,'"(<>])${escaped(path)}(?=$|[/\\s:,'")<>;&|])`, 'g')
    result = result.replace(pattern, (_, before: string) => `${before}${join(root, path)}`)
  }
  return result
}

/** The search path of an image, with its folders inside the unpacked image first. */
export function relocatePath(path: string, root: string): string {
  const folders = path.split(':')
  const inside = folders
    .filter(isAbsolute)
    .map(folder => join(root, folder))
    .filter(folder => existsSync(folder))
  return [...inside, ...folders].join(':')
}

const escaped = (path: string): string => path.replace(/\/+$/, '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
