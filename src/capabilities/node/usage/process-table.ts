/** A process as the system's table shows it. */
export interface ProcessRow {
  pid: number
  parent: number
  group: number
  /** Time on a CPU, with that of ended children that were waited for. */
  cpuNanoseconds: number
}

/** Processes by parent and by group. */
export interface ProcessTable {
  byPid: ReadonlyMap<number, ProcessRow>
  byParent: ReadonlyMap<number, readonly number[]>
  byGroup: ReadonlyMap<number, readonly number[]>
}

/** Linux counts in hundredths of a second wherever user space looks (USER_HZ). */
const TICK_NANOSECONDS = 10_000_000

/** Reads proc_pid_stat(5); undefined for what does not look like it. */
export function parseStat(text: string): ProcessRow | undefined {
  // The name may hold blanks and parentheses, but ends with the last one.
  const end = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(end + 2).split(' ')
  if (end < 0 || fields.length < 15 || !Number.isInteger(pid)) return undefined
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    cpuNanoseconds: ticks * TICK_NANOSECONDS,
  }
}

/** Reads a line of `ps -A -o pid=,ppid=,pgid=,time=,rss=`, as macOS has it; resident memory in bytes beside. */
export function parsePsLine(line: string): (ProcessRow & { residentBytes: number }) | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s+(\d+)\s*$/.exec(
    line,
  )
  if (!match) return undefined
  const [pid = 0, parent = 0, group = 0, days = 0, hours = 0, minutes = 0, seconds = 0, kibibytes = 0] = match
    .slice(1)
    .map(part => Number(part ?? 0))
  const cpuSeconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
  return { pid, parent, group, cpuNanoseconds: cpuSeconds * 1e9, residentBytes: kibibytes * 1024 }
}

export function tableOf(rows: readonly ProcessRow[]): ProcessTable {
  const byParent = new Map<number, number[]>()
  const byGroup = new Map<number, number[]>()
  const put = (map: Map<number, number[]>, key: number, pid: number) => {
    const list = map.get(key)
    if (list) list.push(pid)
    else map.set(key, [pid])
  }
  for (const { pid, parent, group } of rows) {
    put(byParent, parent, pid)
    put(byGroup, group, pid)
  }
  return { byPid: new Map(rows.map(row => [row.pid, row])), byParent, byGroup }
}

/** A process, its group and whatever they have started that is still there. */
export function treeOf({ byPid, byParent, byGroup }: ProcessTable, leader: number): ProcessRow[] {
  const found = new Map<number, ProcessRow>()
  const queue = [leader, ...(byGroup.get(leader) ?? [])]
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    const row = byPid.get(pid)
    if (!row || found.has(pid)) continue
    found.set(pid, row)
    queue.push(...(byParent.get(pid) ?? []))
  }
  return [...found.values()]
}
