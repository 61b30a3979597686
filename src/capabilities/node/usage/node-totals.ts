import { readFileSync } from 'node:fs'
import { cpus, freemem, totalmem } from 'node:os'

/** What the whole machine has used: CPU since it started, memory now. */
export interface Totals {
  cpuNanoseconds: number
  memoryBytes: number
}

export function nodeTotals(): Totals {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { cpuNanoseconds: busyMs * 1e6, memoryBytes: usedMemory() }
}

function usedMemory(): number {
  if (process.platform !== 'linux') return totalmem() - freemem()
  return workingSet(readFileSync('/proc/meminfo', 'utf8'))
}

/** proc_meminfo(5): as the kubelet counts it, all that is used but for file pages nobody has touched lately, in bytes. */
export function workingSet(meminfo: string): number {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024
  return bytes('MemTotal') - bytes('MemFree') - bytes('Inactive\\(file\\)')
}
