import type { PodUsage, UsageSource } from '../../../apiserver/usage/usage-source.ts'
import type { RunningService, Service } from '../../../kernel/capability.ts'
import type { Logger } from '../../../kernel/log.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { Cgroups } from '../cgroup/cgroups.ts'
import { nodeTotals, type Totals } from './node-totals.ts'
import { treeOf } from './process-table.ts'
import { type Processes, readProcesses } from './read-processes.ts'
import { nextWindow, type UsageWindow, usageIn } from './usage-window.ts'

/** One run of a container that is to be measured. */
export interface Measured {
  pod: Pod
  container: string
  /** Tells this run from the one before. */
  run: string
  pid: number
  /** Milliseconds since the epoch. */
  startedAt: number
  /** The control group that it has to itself, if any. */
  cgroup: string | undefined
}

interface SamplerParts {
  clock: Clock
  log: Logger
  intervalMs: number
  cgroups(): Cgroups | undefined
  /** The name of the node; undefined until it is prepared. */
  nodeName(): string | undefined
  running(): readonly Measured[]
  /** What the machine is asked. */
  read?: { processes(): Promise<Processes>; totals(): Totals }
}

/** Measures from time to time what containers and the node use. Keeps two readings of each that runs. */
export class UsageSampler implements UsageSource {
  readonly #parts: SamplerParts
  readonly #read: NonNullable<SamplerParts['read']>
  /** By pod and container. */
  #containers: ReadonlyMap<string, ReadonlyMap<string, { run: string; window: UsageWindow }>> = new Map()
  #node: UsageWindow | undefined

  constructor(parts: SamplerParts) {
    this.#parts = parts
    this.#read = parts.read ?? { processes: readProcesses, totals: nodeTotals }
  }

  service(): Service {
    const { clock, log, intervalMs } = this.#parts
    return {
      name: 'usage',
      start: async (): Promise<RunningService> => {
        let busy = false
        const look = async () => {
          if (busy) return
          busy = true
          await this.sample().catch(error => log.warn({ err: error }, 'usage was not measured'))
          busy = false
        }
        await look()
        const timer = clock.every(intervalMs, () => void look())
        return { [Symbol.asyncDispose]: async () => timer[Symbol.dispose]() }
      },
    }
  }

  /** Takes a reading of everything that runs; what runs no more is forgotten. */
  async sample(): Promise<void> {
    const { clock, running } = this.#parts
    const processes = await this.#read.processes()
    const at = clock.now()
    const containers = new Map<string, Map<string, { run: string; window: UsageWindow }>>()
    for (const one of running()) {
      const { uid } = one.pod.metadata
      const before = this.#containers.get(uid)?.get(one.container)
      const previous = before?.run === one.run ? before.window : undefined
      const reading = { at, ...this.#usedBy(one, processes) }
      const ofPod = containers.get(uid) ?? new Map()
      ofPod.set(one.container, { run: one.run, window: nextWindow(previous, reading, one.startedAt) })
      containers.set(uid, ofPod)
    }
    this.#containers = containers
    this.#node = nextWindow(this.#node, { at, ...this.#read.totals() }, undefined)
  }

  ofPod(pod: Pod): PodUsage | undefined {
    const windows = this.#containers.get(pod.metadata.uid)
    if (!windows) return undefined
    const usages = [...windows].flatMap(([name, { window }]) => {
      const usage = usageIn(window)
      return usage ? [{ name, usage }] : []
    })
    const [first] = usages
    // As metrics-server: a sum without one of its containers would mislead.
    if (!first || usages.length < windows.size) return undefined
    const { at, windowMs } = first.usage
    return { at, windowMs, containers: new Map(usages.map(({ name, usage }) => [name, usage])) }
  }

  ofNode({ metadata }: { metadata: { name: string } }): ReturnType<UsageSource['ofNode']> {
    if (metadata.name !== this.#parts.nodeName()) return undefined
    const usage = this.#node && usageIn(this.#node)
    return usage && { at: usage.at, windowMs: usage.windowMs, usage }
  }

  /** The last two readings of a container's run. */
  window(pod: Pod, container: string): UsageWindow | undefined {
    return this.#containers.get(pod.metadata.uid)?.get(container)?.window
  }

  /** The last two readings of the node. */
  get nodeWindow(): UsageWindow | undefined {
    return this.#node
  }

  #usedBy({ pid, cgroup }: Measured, { table, memoryOf }: Processes): Totals {
    const group = cgroup === undefined ? undefined : this.#parts.cgroups()?.usage(cgroup)
    const tree = treeOf(table, pid)
    return {
      cpuNanoseconds:
        group?.cpuNanoseconds ?? tree.reduce((sum, { cpuNanoseconds }) => sum + cpuNanoseconds, 0),
      memoryBytes: group?.memoryBytes ?? tree.reduce((sum, row) => sum + memoryOf(row.pid), 0),
    }
  }
}
