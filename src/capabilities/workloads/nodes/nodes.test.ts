import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { Lease } from '../../../kube/generated/coordination-v1.ts'
import { Event, Node, Pod, type Taint, type Toleration } from '../../../kube/generated/core-v1.ts'
import { toMicroTime, toTime } from '../../../lib/clock.ts'
import { workloads } from '../index.ts'
import { disrupt } from './disrupt.ts'
import { meta, pod } from '../testing/objects.ts'
import { canEvict, silentConditions, wantedTaints } from './node-health.ts'
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
  ])('%s', (_, of, expected) => expect(named(wantedTaints(of, { now, evicts: true }))).toEqual(expected))
  it('say since when', () => {
    const taints = wantedTaints(node({ Ready: 'Unknown' }, [], true), { now, evicts: true }) ?? []
    expect(taints.map(({ timeAdded }) => timeAdded)).toEqual(Array(3).fill('2026-01-01T01:00:00Z'))
  })
  it('sends nobody away while no node is ready', () => {
    const [silent, well] = [node({ Ready: 'Unknown' }), node({ Ready: 'True' })]
    expect(canEvict([silent, silent])).toBe(false)
    expect(canEvict([silent, well])).toBe(true)
    const tainted = node({ Ready: 'Unknown' }, [unreachable])
    expect(named(wantedTaints(tainted, { now, evicts: false }))).toEqual(['unreachable:NoSchedule'])
  })
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

/** A clock of which somebody sets the time of day. */
class JumpingClock extends VirtualClock {
  jumpMs = 0
  override now(): number {
    return super.now() + this.jumpMs
  }
}

describe('nodes on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let clock: JumpingClock

  beforeEach(async () => {
    clock = new JumpingClock()
    test = await startTestKernel({ capabilities: [workloads], clock })
    kernel = test.kernel
    await join('one')
  })
  afterEach(() => test[Symbol.asyncDispose]())

  async function join(name: string): Promise<void> {
    await kernel.client.create(Node, { metadata: { name }, spec: {} })
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: toTime(clock.now()) }
    const status = { conditions: [ready] }
    await kernel.client.patch(Node, { name }, { status }, { subresource: 'status' })
    const spec = { renewTime: toMicroTime(clock.now()) }
    await kernel.client.create(Lease, { metadata: { ...lease, name }, spec })
  }
  const beat = (name: string) =>
    kernel.client.patch(Lease, { ...lease, name }, { spec: { renewTime: toMicroTime(clock.now()) } })
  /** Lets time pass for a node that is well, in steps that it can beat in. */
  async function passWith(name: string, seconds: number): Promise<void> {
    for (let rest = seconds; rest > 0; rest -= 20) {
      await clock.advance(Math.min(rest, 20) * 1000)
      await beat(name)
    }
  }

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

  const effects = async () =>
    (await kernel.client.get(Node, { name: 'one' })).spec?.taints?.map(({ effect }) => effect)

  it('loses a node that goes silent, and its pods after as long as they bear it', async () => {
    await run(60)
    await join('two')
    for (let times = 0; times < 4; times++) {
      await clock.advance(40_000)
      await beat('one')
      await beat('two')
    }
    expect(await ready()).toBe('True')
    await passWith('two', 62)
    expect(await ready()).toBe('Unknown')
    expect(await effects()).toEqual(['NoSchedule', 'NoExecute'])
    expect(await isLeaving()).toBe(false)
    await passWith('two', 61)
    expect(await isLeaving()).toBe(true)
  })

  it('does not lose a node because the clock was set', async () => {
    await join('two')
    await passWith('one', 10)
    await clock.advance(6000)
    clock.jumpMs = 3_600_000
    await clock.advance(6000)
    expect(await ready()).toBe('True')
  })

  it('takes the pods of a silent node out of traffic, whenever they said that they are ready', async () => {
    await run(3600)
    await clock.advance(70_000)
    expect(await ready()).toBe('Unknown')
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    await kernel.client.patch(Pod, ref, { status }, { subresource: 'status' })
    await clock.advance(10_000)
    const conditions = (await kernel.client.get(Pod, ref)).status?.conditions
    expect(conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False')
  })

  it('does not undo what a node says of a pod that is to go', async () => {
    const stale = await run(3600)
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    await kernel.client.patch(Pod, ref, { status }, { subresource: 'status' })
    await expect(disrupt(kernel, stale, { reason: 'Test', message: 'a test' })).rejects.toMatchObject({
      code: 409,
    })
  })

  it('leaves pods where they are while no node is ready, and counts anew when one is', async () => {
    await run(60)
    await clock.advance(200_000)
    expect(await ready()).toBe('Unknown')
    expect(await effects()).toEqual(['NoSchedule'])
    expect(await isLeaving()).toBe(false)
    await join('two')
    await passWith('two', 20)
    expect(await effects()).toEqual(['NoSchedule', 'NoExecute'])
    expect(await isLeaving()).toBe(false)
    await passWith('two', 61)
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
    const { items } = await kernel.client.list(Event, { namespace: 'default' })
    const ofNode = items.filter(({ involvedObject }) => involvedObject.kind === 'Node')
    expect(ofNode.map(({ reason, message }) => [reason, message])).toEqual(
      expect.arrayContaining([
        ['RegisteredNode', 'Node one event: Registered Node one in Controller'],
        ['RemovingNode', 'Node one event: Removing Node one from Controller'],
      ]),
    )
  })
})
