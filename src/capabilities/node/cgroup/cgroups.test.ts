import { describe, expect, it } from 'vitest'
import { cgroupMounts } from './cgroups.ts'
import { inCgroup } from './join-command.ts'
import { cgroupLimits, weightOf } from './limits.ts'

const line = (point: string, type: string, options: string) =>
  `30 25 0:26 / ${point} rw,nosuid shared:9 - ${type} ${type} rw,${options}`
const v1 = [line('/c/cpu', 'cgroup', 'cpu,cpuacct'), line('/c/memory', 'cgroup', 'memory')]
const v2 = line('/c/unified', 'cgroup2', 'nsdelegate')

describe('control groups', () => {
  it.each<[string | undefined, string[], string | undefined]>([
    ['v1', v1, '/c/memory'],
    ['hybrid', [...v1, v2], '/c/memory'],
    ['v2', [v2], '/c/unified'],
    [undefined, [line('/', 'ext4', 'x')], undefined],
  ])('of version %s are found', (version, lines, memory) => {
    const found = cgroupMounts(lines.join('\n'))
    expect(found.version).toBe(version)
    if (found.version) {
      expect(found.controllers.get('memory')).toBe(memory)
      expect(found.roots).toHaveLength(lines.length)
    }
  })

  it.each([
    [{}, { cpuShares: 2 }],
    [{ requests: { cpu: '250m' } }, { cpuShares: 256 }],
    [
      { limits: { cpu: '200m', memory: '64Mi' } },
      { cpuShares: 204, cpuQuotaUs: 20_000, memoryBytes: 67_108_864 },
    ],
    [{ limits: { cpu: '1m' } }, { cpuShares: 2, cpuQuotaUs: 1000 }],
  ])('limit %j to %j', (resources, limits) => {
    expect(cgroupLimits(resources)).toEqual({ cpuQuotaUs: undefined, memoryBytes: undefined, ...limits })
  })

  it('weigh as the OCI runtimes do', () => {
    expect([2, 1024, 262_144].map(weightOf)).toEqual([1, 39, 10_000])
  })

  it('are joined by the program itself, only where there are any', () => {
    const launch = { file: '/bin/echo', args: ['a b'] }
    expect(inCgroup(launch, [])).toBe(launch)
    expect(inCgroup(launch, ['/c/x']).args.slice(2)).toEqual(['sh', '/c/x', '--', '/bin/echo', 'a b'])
  })
})
