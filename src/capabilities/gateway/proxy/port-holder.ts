import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTEN = '0A'

/** Which process listens on a TCP port, as `name (pid N)`; undefined where the system does not tell (not Linux, not ours to see). */
export function portHolder(port: number): string | undefined {
  try {
    const inodes = new Set([
      ...listeningInodes('/proc/net/tcp', port),
      ...listeningInodes('/proc/net/tcp6', port),
    ])
    if (inodes.size === 0) return undefined
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      if (!holdsAny(pid, inodes)) continue
      return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`
    }
  } catch {
    // Only for the message: what cannot be read is left out of it.
  }
  return undefined
}

function listeningInodes(file: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[1]?.endsWith(wanted) && fields[3] === LISTEN)
    .flatMap(fields => fields[9] ?? [])
}

function holdsAny(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => {
      const link = readlinkSync(`/proc/${pid}/fd/${fd}`)
      return link.startsWith('socket:[') && inodes.has(link.slice(8, -1))
    })
  } catch {
    return false
  }
}
