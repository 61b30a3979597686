import { chmod, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../../kube/generated/core-v1.ts'

/** Whether this process may give files to other users and groups. */
export const canChangeOwner = (): boolean => process.getuid?.() === 0

/** Directories keep their group for what is made in them, as the kubelet sets it. */
const DIRECTORY_BITS = 0o2770
const FILE_BITS = 0o660

/** The one user that all containers of a pod run as, if it is the same for all and named. */
export function commonUser({ spec }: Pod): number | undefined {
  const users = new Set(
    [...(spec.initContainers ?? []), ...spec.containers].map(
      ({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
    ),
  )
  return users.size === 1 ? [...users][0] : undefined
}

interface Ownership {
  group: number
  /** `OnRootMismatch` trusts a root directory that is right already. */
  changePolicy: string
}

/** Gives a volume to a pod's fsGroup, as the kubelet's SetVolumeOwnership does. */
export async function setOwnership(path: string, { group, changePolicy }: Ownership): Promise<void> {
  const root = await lstat(path)
  const isRight = root.gid === group && (root.mode & DIRECTORY_BITS) === DIRECTORY_BITS
  if (changePolicy === 'OnRootMismatch' && isRight) return
  await give(path, group)
}

async function give(path: string, group: number): Promise<void> {
  const stat = await lstat(path)
  await lchown(path, stat.uid, group)
  // A link has no mode of its own, and what it names may lie outside of the volume.
  if (stat.isSymbolicLink()) return
  await chmod(path, (stat.mode & 0o7777) | (stat.isDirectory() ? DIRECTORY_BITS : FILE_BITS))
  if (stat.isDirectory()) for (const name of await readdir(path)) await give(join(path, name), group)
}
