import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { silentLog } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { treeOf, tableOf } from './process-table.ts'
import { readProcesses } from './read-processes.ts'
import { UsageSampler } from './usage-sampler.ts'

// Only the uid of a pod counts here.
const pod = { metadata: { uid: 'u', name: 'web', namespace: 'default' } } as unknown as Pod

describe('the sampler', () => {
  it('averages over its interval, sums a tree, and forgets what runs no more', async () => {
    const clock = new VirtualClock()
    let [cpuNanoseconds, running] = [0, true]
    const sampler = new UsageSampler({
      clock,
      log: silentLog,
      intervalMs: 15_000,
      cgroups: () => undefined,
      nodeName: () => 'here',
      running: () =>
        running
          ? [{ pod, container: 'web', run: 'a', pid: 5, startedAt: clock.now(), cgroup: undefined }]
          : [],
      read: {
        processes: async () => ({
          table: tableOf([
            { pid: 5, parent: 1, group: 5, cpuNanoseconds },
            { pid: 6, parent: 5, group: 5, cpuNanoseconds },
          ]),
          memoryOf: pid => pid * 1000,
        }),
        totals: () => ({ cpuNanoseconds: cpuNanoseconds * 10, memoryBytes: 77 }),
      },
    })
    await using _service = await sampler.service().start(new AbortController().signal)
    expect(sampler.ofPod(pod)).toBeUndefined()
    cpuNanoseconds = 1.5e9
    await clock.advance(15_000)
    expect(sampler.ofPod(pod)).toEqual({
      at: clock.now(),
      windowMs: 15_000,
      containers: new Map([
        ['web', { at: clock.now(), windowMs: 15_000, cpuNanocores: 2e8, memoryBytes: 11_000 }],
      ]),
    })
    expect(sampler.ofNode({ metadata: { name: 'here' } })?.usage).toMatchObject({
      cpuNanocores: 1e9,
      memoryBytes: 77,
    })
    expect(sampler.ofNode({ metadata: { name: 'elsewhere' } })).toBeUndefined()
    running = false
    await clock.advance(15_000)
    expect(sampler.ofPod(pod)).toBeUndefined()
  })

  it('reads the processes of this machine', async () => {
    const child = spawn('sleep', ['60'])
    const pid = child.pid ?? 0
    try {
      const { table, memoryOf } = await until('the child to be seen', async () => {
        const processes = await readProcesses()
        if (!processes.table.byPid.has(pid)) throw new Error('not there yet')
        return processes
      })
      expect(treeOf(table, process.pid).map(row => row.pid)).toContain(pid)
      expect(memoryOf(process.pid)).toBeGreaterThan(1_000_000)
      expect(table.byPid.get(process.pid)?.cpuNanoseconds).toBeGreaterThan(0)
    } finally {
      child.kill('SIGKILL')
    }
  })
})
