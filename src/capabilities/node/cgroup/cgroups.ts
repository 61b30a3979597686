import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CgroupLimits, CPU_PERIOD_US, weightOf } from './limits.ts'

export type CgroupVersion = 'v1' | 'v2' | 'hybrid'

/** Where the controllers that we use are mounted, or why none of them can be used. */
export type CgroupMounts =
  | {
      version: CgroupVersion
      controllers: ReadonlyMap<Controller, string>
      /** Every hierarchy: an engine makes groups in those that we do not use too. */
      roots: readonly string[]
    }
  | { version: undefined; why: string }

type Controller = 'cpu' | 'memory' | 'pids'
const CONTROLLERS: readonly Controller[] = ['cpu', 'memory', 'pids']

/** Reads proc_pid_mountinfo(5). In a hybrid system the controllers are those of v1. */
export function cgroupMounts(mountinfo: string): CgroupMounts {
  const v1 = new Map<Controller, string>()
  let unified: string | undefined
  const roots: string[] = []
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const point = before.split(' ')[4]
    const [type, , options = ''] = after.split(' ')
    if (!point) continue
    if (type === 'cgroup' || type === 'cgroup2') roots.push(point)
    if (type === 'cgroup2') unified = point
    if (type === 'cgroup')
      for (const name of CONTROLLERS) if (options.split(',').includes(name)) v1.set(name, point)
  }
  if (v1.size > 0) return { version: unified ? 'hybrid' : 'v1', controllers: v1, roots }
  const point = unified
  if (point) return { version: 'v2', controllers: new Map(CONTROLLERS.map(name => [name, point])), roots }
  return { version: undefined, why: 'no cgroup file system is mounted' }
}

/** The control groups of this node's containers. */
export class Cgroups {
  readonly version: CgroupVersion
  /** The group that all of ours are in, from the root of each hierarchy. */
  readonly #base: string
  readonly #controllers: ReadonlyMap<Controller, string>
  readonly #roots: readonly string[]

  private constructor(
    { version, controllers, roots }: CgroupMounts & { version: CgroupVersion },
    base: string,
  ) {
    this.version = version
    this.#controllers = controllers
    this.#roots = roots
    this.#base = base
  }

  /** Finds out whether this process may make groups; `base` is the name of the one that ours go into. */
  static probe(base: string): Cgroups | { why: string; version?: CgroupVersion | undefined } {
    let version: CgroupVersion | undefined
    if (process.platform !== 'linux') return { why: 'this system has no cgroups' }
    try {
      const mounts = cgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'))
      if (mounts.version === undefined) return { why: mounts.why }
      version = mounts.version
      const cgroups = new Cgroups(mounts, base)
      for (const folder of cgroups.#folders('')) mkdirSync(folder, { recursive: true })
      if (mounts.version === 'v2') {
        const [root = ''] = mounts.controllers.values()
        cgroups.#delegate(root)
        cgroups.#delegate(join(root, base))
      }
      return cgroups
    } catch (error) {
      return { version, why: `the cgroup file system is not writable: ${(error as Error).message}` }
    }
  }

  /** A group's path as the OCI runtime specification names it: from the root of the hierarchy. */
  pathOf(id: string): string {
    return `/${this.#base}/${id}`
  }

  /** Makes a group with limits. */
  create(id: string, limits: CgroupLimits): void {
    for (const folder of this.#folders(id)) mkdirSync(folder, { recursive: true })
    this.update(id, limits)
  }

  /** Changes the limits of a group that is there, and of those that a runtime made inside. Throws the system's error. */
  update(id: string, limits: CgroupLimits): void {
    const inside = this.#inside(id).map(name => join(id, name))
    // cgroup v1 lets no group have more processor time than the one around it, at any moment.
    const order = this.#lowersQuota(id, limits) ? [...inside, id] : [id, ...inside]
    for (const group of order) this.#limit(group, limits)
  }

  #limit(id: string, { cpuShares, cpuQuotaUs, memoryBytes, pids }: CgroupLimits): void {
    if (this.version === 'v2') {
      this.#write(id, 'cpu', 'cpu.weight', weightOf(cpuShares))
      this.#write(id, 'cpu', 'cpu.max', `${cpuQuotaUs ?? 'max'} ${CPU_PERIOD_US}`)
      this.#write(id, 'memory', 'memory.max', memoryBytes ?? 'max')
    } else {
      this.#write(id, 'cpu', 'cpu.shares', cpuShares)
      this.#write(id, 'cpu', 'cpu.cfs_period_us', CPU_PERIOD_US)
      this.#write(id, 'cpu', 'cpu.cfs_quota_us', cpuQuotaUs ?? -1)
      this.#write(id, 'memory', 'memory.limit_in_bytes', memoryBytes ?? -1)
    }
    if (pids !== undefined) this.#write(id, 'pids', 'pids.max', pids)
  }

  #lowersQuota(id: string, { cpuQuotaUs = Infinity }: CgroupLimits): boolean {
    const text =
      this.version === 'v2' ? this.#read(id, 'cpu', 'cpu.max') : this.#read(id, 'cpu', 'cpu.cfs_quota_us')
    const quota = Number.parseInt(text, 10)
    return cpuQuotaUs < (quota > 0 ? quota : Infinity)
  }

  /** The groups that a runtime made inside of one. */
  #inside(id: string): string[] {
    const folder = this.#file(id, 'memory', '')
    return folder ? foldersIn(folder) : []
  }

  /** All memory that a group holds, in bytes, file pages included; undefined where that is not counted. */
  memoryInUse(id: string): number | undefined {
    const name = this.version === 'v2' ? 'memory.current' : 'memory.usage_in_bytes'
    return wholeNumber(this.#read(id, 'memory', name))
  }

  /** The files to which a process writes `0` to join a group. */
  joinFiles(id: string): string[] {
    return this.#folders(id).map(folder => join(folder, 'cgroup.procs'))
  }

  /** How often the kernel has killed something in a group, or in one that a runtime made inside, for want of memory. */
  oomKills(id: string): number {
    const folder = this.#file(id, 'memory', '')
    if (!folder || !existsSync(folder)) return 0
    const name = this.version === 'v2' ? 'memory.events' : 'memory.oom_control'
    // v1 counts where the process was, v2 also above.
    return [folder, ...this.#inside(id).map(inside => join(folder, inside))]
      .map(path => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(path, name), 'utf8'))?.[1] ?? 0))
      .reduce((sum, count) => sum + count, 0)
  }

  /**
   * What a group has used: CPU since it was made, and its working set (what it uses but for file pages that nobody
   * has touched lately). A figure is undefined where its controller does not count it.
   */
  usage(id: string): { cpuNanoseconds: number | undefined; memoryBytes: number | undefined } {
    const isV2 = this.version === 'v2'
    const cpu = isV2
      ? fieldOf(this.#read(id, 'cpu', 'cpu.stat'), 'usage_usec')
      : wholeNumber(this.#read(id, 'cpu', 'cpuacct.usage'))
    const used = wholeNumber(this.#read(id, 'memory', isV2 ? 'memory.current' : 'memory.usage_in_bytes'))
    const stat = this.#read(id, 'memory', 'memory.stat')
    const inactive = fieldOf(stat, isV2 ? 'inactive_file' : 'total_inactive_file') ?? 0
    return {
      cpuNanoseconds: cpu === undefined ? undefined : isV2 ? cpu * 1000 : cpu,
      memoryBytes: used === undefined ? undefined : Math.max(0, used - inactive),
    }
  }

  /** Removes a group in which nothing runs any more, with what is inside, from all hierarchies. */
  remove(id: string): void {
    for (const root of this.#roots) removeGroup(join(root, this.#base, id))
  }

  /** Removes what a killed Drave left: groups in which nothing runs any more. */
  removeEmpty(): void {
    for (const root of this.#roots)
      for (const id of foldersIn(join(root, this.#base))) removeGroup(join(root, this.#base, id))
  }

  /** Removes the group that all of ours are in, when nothing runs there any more. */
  removeAll(): void {
    this.remove('')
  }

  #folders(id: string): string[] {
    return [...new Set(this.#controllers.values())].map(root => join(root, this.#base, id))
  }

  #file(id: string, controller: Controller, name: string): string | undefined {
    const root = this.#controllers.get(controller)
    return root && join(root, this.#base, id, name)
  }

  #read(id: string, controller: Controller, name: string): string {
    const file = this.#file(id, controller, name)
    try {
      return file ? readFileSync(file, 'utf8') : ''
    } catch {
      // The group has gone, or the controller is mounted without the one that counts.
      return ''
    }
  }

  #write(id: string, controller: Controller, name: string, value: string | number): void {
    const file = this.#file(id, controller, name)
    if (file) writeFileSync(file, String(value))
  }

  /** v2: what groups inside of a folder may limit. */
  #delegate(folder: string): void {
    writeFileSync(join(folder, 'cgroup.subtree_control'), CONTROLLERS.map(name => `+${name}`).join(' '))
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
      entry.isDirectory() ? [entry.name] : [],
    )
  } catch {
    // There is no such group.
    return []
  }
}

/** Removes groups from the inside out. */
function removeGroup(folder: string): void {
  for (const name of foldersIn(folder)) removeGroup(join(folder, name))
  try {
    rmdirSync(folder)
  } catch {
    // Gone already, or a process in it is still ending: an empty group costs nothing and goes with a later start.
  }
}

const wholeNumber = (text: string): number | undefined => (/^\d+\s*$/.test(text) ? Number(text) : undefined)

/** A line `name value` of a flat file. */
const fieldOf = (text: string, name: string): number | undefined =>
  wholeNumber(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? '')
