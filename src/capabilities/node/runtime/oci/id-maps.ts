import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { programNamed } from './engine.ts'

/** A range of users or groups of a container, and what they are on this host. */
export interface IdMap {
  containerID: number
  hostID: number
  size: number
}

/** Whose users and groups the container's are, where Drave does not run as root. */
export interface RootlessIds {
  uidMappings: readonly IdMap[]
  gidMappings: readonly IdMap[]
  /** False when the container can have but one user, which is who runs Drave. */
  hasRange: boolean
}

/**
 * The users that a container can have: root is who runs Drave, the others are of the ranges that subuid(5) and
 * subgid(5) give. Without ranges, or newuidmap(1) that hands them out, there is only `user`. Undefined as root.
 */
export function rootlessIds(user: { uid: number; gid: number }): RootlessIds | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  if (uid === undefined || gid === undefined || uid === 0) return undefined
  const isAllowed = programNamed('newuidmap') !== undefined && programNamed('newgidmap') !== undefined
  const [users, groups] = isAllowed ? [rangeOf('/etc/subuid', uid), rangeOf('/etc/subgid', uid)] : []
  if (!users || !groups)
    return {
      uidMappings: [{ containerID: user.uid, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: user.gid, hostID: gid, size: 1 }],
      hasRange: false,
    }
  return {
    uidMappings: [
      { containerID: 0, hostID: uid, size: 1 },
      { containerID: 1, ...users },
    ],
    gidMappings: [
      { containerID: 0, hostID: gid, size: 1 },
      { containerID: 1, ...groups },
    ],
    hasRange: true,
  }
}

function rangeOf(file: string, uid: number): Omit<IdMap, 'containerID'> | undefined {
  try {
    return subordinateRange(readFileSync(file, 'utf8'), [userInfo().username, String(uid)])
  } catch {
    // No such file, or no name for the user.
    return undefined
  }
}

/** The first range that a file gives to one of these names: lines `NAME:FIRST:COUNT`. */
export function subordinateRange(
  text: string,
  names: readonly string[],
): Omit<IdMap, 'containerID'> | undefined {
  for (const line of text.split('\n')) {
    const [name = '', first, count] = line.trim().split(':')
    const [hostID, size] = [Number(first), Number(count)]
    if (names.includes(name) && hostID > 0 && size > 0) return { hostID, size }
  }
  return undefined
}
