import { execFile } from 'node:child_process'
import { lstat, mkdir, realpath, stat, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { promisify } from 'node:util'
import { canMount, unmountBelow } from '../../volumes/memory-volume.ts'
import { parentOf, removeTree } from '../../image/unpack.ts'
import type { Mount } from '../../volumes/container-root.ts'
import { programNamed } from './engine.ts'

const run = promisify(execFile)

/**
 * Makes a container's root out of an unpacked image, which is not changed: a layer over it where the system can
 * (overlayfs as root, fuse-overlayfs without), else a copy, that shares blocks where the file system can. What an
 * earlier run left is replaced. `hasOtherUsers`: not only who runs Drave is to see it, which fuse does not let them.
 */
export async function makeRootfs(image: string, directory: string, hasOtherUsers: boolean): Promise<string> {
  const [merged, upper, work] = ['rootfs', 'upper', 'work'].map(name => join(directory, name)) as [
    // Three names make three paths.
    string,
    string,
    string,
  ]
  await unmountBelow(directory)
  for (const path of [merged, upper, work]) await removeTree(path)
  for (const path of [merged, upper, work]) await mkdir(path, { recursive: true, mode: 0o755 })
  const options = `lowerdir=${escaped(image)},upperdir=${escaped(upper)},workdir=${escaped(work)}`
  const fuse = programNamed('fuse-overlayfs')
  try {
    if (canMount()) await run('mount', ['-t', 'overlay', '-o', options, 'overlay', merged])
    else if (fuse && !hasOtherUsers) await run(fuse, ['-o', options, merged])
    else throw new Error('no overlay')
  } catch {
    // For instance when the data directory lies on an overlayfs itself.
    await run('cp', ['--archive', '--reflink=auto', `${image}/.`, merged])
  }
  return realpath(merged)
}

/** Where every container has file systems of the kernel. */
const SYSTEM_FOLDERS = ['proc', 'dev', 'sys']

/** Makes the places where volumes and the kernel's file systems are mounted, for an engine that does not: links in the image lead nowhere else. */
export async function makeMountPoints(root: string, mounts: readonly Mount[]): Promise<void> {
  for (const name of SYSTEM_FOLDERS)
    if (!(await lstat(join(root, name)).catch(() => undefined)))
      await mkdir(join(root, name), { mode: 0o755 })
  for (const { mountPath, target } of [...mounts].sort((a, b) => a.mountPath.length - b.mountPath.length)) {
    const path = posix.normalize(mountPath).replace(/^\/+|\/+$/g, '')
    const at = join(await parentOf(root, path), posix.basename(path))
    if (await lstat(at).catch(() => undefined)) continue
    if ((await stat(target)).isDirectory()) await mkdir(at, { mode: 0o755 })
    else await writeFile(at, '')
  }
}

/** overlayfs separates its layers by colons and its options by commas. */
const escaped = (path: string): string => path.replaceAll(/[\\:,]/g, character => `\\${character}`)
