import { constants } from 'node:fs'
import { cp, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { makeWritable } from './make-writable.ts'

/** A volume, or a part of it, at a path that the container expects. */
export interface Mount {
  volume: string
  mountPath: string
  /** Where the content really is. */
  target: string
  readOnly: boolean
  /** `HostToContainer` and `Bidirectional` pass mounts on; without: none are. */
  propagation?: string | undefined
}

interface RootPlan {
  /** The directory to make; what an earlier run left there is replaced. */
  directory: string
  mounts: readonly Mount[]
  /** The unpacked image, shared by all containers of it and not to be written to. */
  image?: string | undefined
  /** Whether the container gets its own writable copy of all of the image. */
  copy: boolean
}

/**
 * Makes the directory that stands for `/` in a container: top-level entries of the image are links to the shared
 * copy, or copies where a volume is mounted under them; mounts are links to the volumes.
 */
export async function makeRoot({ directory, mounts, image, copy }: RootPlan): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const covered = new Set(mounts.map(mount => posix.normalize(mount.mountPath).split('/')[1]))
  for (const name of image ? await readdir(image) : []) {
    const from = join(image ?? '', name)
    const to = join(directory, name)
    if (copy || covered.has(name)) {
      await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true })
      await makeWritable(to)
    } else await symlink(from, to)
  }
  // Outer mounts first, so that a mount inside another one lands in it.
  for (const { mountPath, target } of [...mounts].sort((a, b) => a.mountPath.length - b.mountPath.length)) {
    const at = join(directory, posix.normalize(`/${mountPath}`))
    if (at === directory) continue
    await mkdir(dirname(at), { recursive: true, mode: 0o755 })
    const there = await lstat(at).catch(() => undefined)
    if (there) await rm(at, { recursive: !there.isSymbolicLink(), force: true })
    await symlink(target, at)
  }
}
