import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { endianness } from 'node:os'

const LISTEN = '0A'
const ANY = /^0+$/

/**
 * Which process listens on a TCP port, as `name (pid N)`; on the IPv4 address `host` or on all, if it is given.
 * Undefined where the system does not tell (not Linux, not ours to see).
 */
export function portHolder(port: number, host?: string): string | undefined {
  try {
    const inodes = new Set([
      ...listeningInodes('/proc/net/tcp', port, host),
      ...listeningInodes('/proc/net/tcp6', port, host),
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

function listeningInodes(file: string, port: number, host: string | undefined): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => {
      const [address = '', hexPort] = (fields[1] ?? '').split(':')
      const isThere = host === undefined || address === hexOf(host) || ANY.test(address)
      return isThere && hexPort === wanted && fields[3] === LISTEN
    })
    .flatMap(fields => fields[9] ?? [])
}

/** An IPv4 address as proc_net(5) prints it: one word in the machine's byte order. */
function hexOf(host: string): string {
  const bytes = host.split('.').map(part => Number(part).toString(16).toUpperCase().padStart(2, '0'))
  return (endianness() === 'LE' ? bytes.reverse() : bytes).join('')
}

function holdsAny(pid: string, inodes: ReadonlySet<string>): boolean {
  return descriptorsOf(pid).some(fd => {
    const link = linkOf(`/proc/${pid}/fd/${fd}`)
    return link?.startsWith('socket:[') && inodes.has(link.slice(8, -1))
  })
}

function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

/** Undefined for a descriptor that was closed since it was listed: the others still count. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
