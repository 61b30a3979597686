import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { parsePsLine, parseStat, type ProcessTable, tableOf } from './process-table.ts'

/** All processes of this machine at one moment. */
export interface Processes {
  table: ProcessTable
  /** Memory that goes with the process: without the pages of files, which the system takes back when it needs them. */
  memoryOf(pid: number): number
}

/** Files that are read before others have their turn. */
const BATCH = 200
/** Of a process table that `ps` prints: far more than any machine has. */
const MAX_PS_BYTES = 16 * 1024 * 1024

/** Reads the table of processes: from /proc, or by ps(1) where there is none. */
export const readProcesses = (): Promise<Processes> => (process.platform === 'linux' ? readProc() : readPs())

async function readProc(): Promise<Processes> {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const rows = []
  for (const [index, pid] of pids.entries()) {
    if (index % BATCH === BATCH - 1) await new Promise(resolve => setImmediate(resolve))
    const row = parseStat(read(`/proc/${pid}/stat`))
    if (row) rows.push(row)
  }
  return { table: tableOf(rows), memoryOf: pid => ownMemory(read(`/proc/${pid}/status`)) }
}

/** proc_pid_status(5): anonymous memory and shared memory, in bytes. */
export function ownMemory(status: string): number {
  const kibibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
  return (kibibytes('RssAnon') + kibibytes('RssShmem')) * 1024
}

/** Empty for a process that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

async function readPs(): Promise<Processes> {
  const args = ['-A', '-o', 'pid=,ppid=,pgid=,time=,rss=']
  const { stdout } = await promisify(execFile)('ps', args, { maxBuffer: MAX_PS_BYTES })
  const rows = stdout.split('\n').flatMap(line => parsePsLine(line) ?? [])
  const resident = new Map(rows.map(({ pid, residentBytes }) => [pid, residentBytes]))
  return { table: tableOf(rows), memoryOf: pid => resident.get(pid) ?? 0 }
}
