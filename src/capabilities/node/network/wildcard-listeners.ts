import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Listener {
  address: string
  port: number
}

const LISTEN = '0A'
const ANY = ['0.0.0.0', '::']
const LOCAL = ['127.0.0.1', '::1']

/**
 * The sockets on which a process group listens at another address than the pod's own: all addresses, or only
 * localhost. Empty where there is no procfs.
 */
export function misplacedListeners(group: number): Listener[] {
  // First of all whether it has sockets: the system's tables are long where many pods run.
  const held = new Set(membersOf(group).flatMap(socketsOf))
  if (held.size === 0) return []
  const found = new Map<string, Listener>()
  for (const table of ['tcp', 'tcp6'])
    for (const [inode, listener] of listening(readIfThere(`/proc/net/${table}`))) {
      const isMisplaced = ANY.includes(listener.address) || LOCAL.includes(listener.address)
      if (isMisplaced && held.has(inode)) found.set(`${listener.address} ${listener.port}`, listener)
    }
  return [...found.values()]
}

export const isWildcard = (listener: Listener): boolean => ANY.includes(listener.address)

/** Reads a table of proc_net(5): socket inode → address and port, for sockets that listen. */
export function listening(table: string): Map<string, Listener> {
  const result = new Map<string, Listener>()
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    const [hexAddress = '', hexPort = ''] = (fields[1] ?? '').split(':')
    const inode = fields[9]
    if (fields[3] === LISTEN && inode)
      result.set(inode, { address: readable(hexAddress), port: Number.parseInt(hexPort, 16) })
  }
  return result
}

/** Addresses are printed as 32-bit words in the machine's byte order. */
function readable(hex: string): string {
  if (hex.length === 8)
    return (hex.match(/../g) ?? [])
      .reverse()
      .map(byte => Number.parseInt(byte, 16))
      .join('.')
  if (/^0{32}$/.test(hex)) return '::'
  return hex === '00000000000000000000000001000000' ? '::1' : hex
}

function membersOf(group: number): number[] {
  return readdir('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      const stat = readIfThere(`/proc/${pid}/stat`)
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group
    })
}

function socketsOf(pid: number): string[] {
  return readdir(`/proc/${pid}/fd`).flatMap(descriptor => {
    try {
      const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))
      return match?.[1] ? [match[1]] : []
    } catch {
      return []
    }
  })
}

function readdir(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
