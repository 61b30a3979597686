/** Who the processes of a container run as. */
export interface ContainerUser {
  uid: number
  gid: number
  additionalGids: number[]
}

/** Who this process, and what it starts, runs as; undefined where the system has no numbers for that. */
export function ownUser(): ContainerUser | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  if (uid === undefined || gid === undefined) return undefined
  return { uid, gid, additionalGids: process.getgroups?.() ?? [] }
}
