import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { Lease } from '../../../kube/generated/coordination-v1.ts'
import { Node, Pod, type Taint, type Toleration } from '../../../kube/generated/core-v1.ts'
import { toMicroTime, toTime } from '../../../lib/clock.ts'
import { workloads } from '../index.ts'
import { meta, pod } from '../testing/objects.ts'
import { silentConditions, wantedTaints } from './node-health.ts'
import { surplusEnded } from './pod-garbage.ts'
import { staysMs } from './taint-eviction.ts'

const now = Date.parse('2026-01-01T01:00:00Z')

const node = (conditions: Record<string, string>, taints: Taint[] = [], unschedulable = false): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: meta('one', { namespace: undefined }),
  spec: { taints, unschedulable },
  status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
})

describe('wantedTaints', () => {
  const named = (taints: Taint[] | undefined) =>
    taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
  const own = { key: 'own', effect: 'NoSchedule' }
  const unreachable = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }
  it.each([
    ['nothing for a healthy node', node({ Ready: 'True' }), undefined],
    [
      'both for one that is not ready',
      node({ Ready: 'False' }, [own]),
      ['own:NoSchedule', 'not-ready:NoSchedule', 'not-ready:NoExecute'],
    ],
    [
      'one kind instead of the other',
      node({ Ready: 'False' }, [unreachable]),
      ['not-ready:NoSchedule', 'not-ready:NoExecute'],
    ],
    ['none when it is back', node({ Ready: 'True' }, [unreachable, own]), ['own:NoSchedule']],
    [
      'pressure keeps new pods away',
      node({ Ready: 'True', DiskPressure: 'True' }),
      ['disk-pressure:NoSchedule'],
    ],
    ['so does a cordon', node({ Ready: 'True' }, [], true), ['unschedulable:NoSchedule']],
  ])('%s', (_, of, expected) => expect(named(wantedTaints(of, now))).toEqual(expected))
})

describe('silentConditions', () => {
  it('is unknown, for what was reported and for what never was, and says so once', () => {
    const of = node({ Ready: 'True', Other: 'True' })
    const conditions = silentConditions(of, now) ?? []
    expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'Unknown', 'NodeStatusUnknown'],
      ['Other', 'True', undefined],
      ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ])
    expect(silentConditions({ ...of, status: { conditions } }, now)).toBeUndefined()
  })
})

describe('staysMs', () => {
  const taint = (key: string): Taint => ({ key, effect: 'NoExecute' })
  const bears = (key: string, tolerationSeconds?: number): Toleration => ({
    key,
    operator: 'Exists',
    tolerationSeconds,
  })
  it.each([
    ['goes at once', [taint('a')], [], 0],
    ['stays for good', [taint('a')], [bears('a')], undefined],
    ['stays for a while', [taint('a')], [bears('a', 60)], 60_000],
    ['takes the shortest', [taint('a'), taint('b')], [bears('a', 60), bears('b', 5)], 5000],
    ['needs all', [taint('a'), taint('b')], [bears('a')], 0],
  ])('%s', (_, taints, tolerations, expected) => expect(staysMs(taints, tolerations)).toBe(expected))
})

describe('surplusEnded', () => {
  it('takes the oldest of those that ended', () => {
    const ended = (name: string, creationTimestamp: string) =>
      pod(name, { phase: 'Failed', meta: { creationTimestamp } })
    const pods = [ended('new', '2026-01-02T00:00:00Z'), ended('old', '2026-01-01T00:00:00Z'), pod('runs')]
    expect(surplusEnded(pods, 1).map(({ metadata }) => metadata.name)).toEqual(['old'])
    expect(surplusEnded(pods, 2)).toEqual([])
  })
})

describe('nodes on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let clock: VirtualClock

  beforeEach(async () => {
    clock = new VirtualClock()
    test = await startTestKernel({ capabilities: [workloads], clock })
    kernel = test.kernel
    await kernel.client.create(Node, { metadata: { name: 'one' }, spec: {} })
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: toTime(clock.now()) }
    await kernel.client.patch(
      Node,
      { name: 'one' },
      { status: { conditions: [ready] } },
      { subresource: 'status' },
    )
    await kernel.client.create(Lease, { metadata: lease, spec: { renewTime: toMicroTime(clock.now()) } })
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const lease = { name: 'one', namespace: 'kube-node-lease' }
  const ref = { name: 'web', namespace: 'default' }
  const run = (tolerationSeconds: number) =>
    kernel.client.create(Pod, {
      metadata: ref,
      spec: {
        nodeName: 'one',
        containers: [{ name: 'c', image: 'i' }],
        tolerations: ['not-ready', 'unreachable'].map(name => ({
          key: `node.kubernetes.io/${name}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds,
        })),
      },
    })
  const ready = async () =>
    (await kernel.client.get(Node, { name: 'one' })).status?.conditions?.find(({ type }) => type === 'Ready')
      ?.status
  const isLeaving = async () => {
    const found = await kernel.client.find(Pod, ref)
    return !found || found.metadata.deletionTimestamp !== undefined
  }

  it('loses a node that goes silent, and its pods after as long as they bear it', async () => {
    await run(60)
    for (let beat = 0; beat < 4; beat++) {
      await clock.advance(40_000)
      await kernel.client.patch(Lease, lease, { spec: { renewTime: toMicroTime(clock.now()) } })
    }
    expect(await ready()).toBe('True')
    await clock.advance(62_000)
    expect(await ready()).toBe('Unknown')
    const { spec } = await kernel.client.get(Node, { name: 'one' })
    expect(spec?.taints?.map(({ effect }) => effect)).toEqual(['NoSchedule', 'NoExecute'])
    expect(await isLeaving()).toBe(false)
    await clock.advance(61_000)
    expect(await isLeaving()).toBe(true)
  })

  it('removes the pods of a node that is gone', async () => {
    await run(60)
    await clock.advance(1000)
    await kernel.client.delete(Node, { name: 'one' })
    await clock.advance(30_000)
    expect(await kernel.client.find(Pod, ref)).toBeDefined()
    await clock.advance(20_000)
    expect(await kernel.client.find(Pod, ref)).toBeUndefined()
  })
})
