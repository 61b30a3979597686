import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { ControllerRevision, DaemonSet } from '../../../kube/generated/apps-v1.ts'
import { Event, Node, Pod } from '../../../kube/generated/core-v1.ts'
import { workloads } from '../index.ts'
import { fakeNode, type Outcome } from '../testing/fake-node.ts'
import { FailedPods } from './failed-pods.ts'
import { targetNode } from './placement.ts'

const ref = { name: 'agent', namespace: 'default' }
const inDefault = { namespace: 'default' }

describe('a DaemonSet on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let outcome: (pod: Pod) => Outcome

  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads] })
    kernel = test.kernel
    outcome = () => 'ready'
    fakeNode(kernel, pod => outcome(pod))
    for (const name of ['a', 'b', 'c']) await kernel.client.create(Node, { metadata: { name }, spec: {} })
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const create = () =>
    kernel.client.create(DaemonSet, {
      metadata: ref,
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: {
          metadata: { labels: { app: 'agent' } },
          spec: { containers: [{ name: 'agent', image: 'one' }] },
        },
      },
    })
  const has = (what: string, ...expected: string[]) =>
    until(what, async () => {
      const { status } = await kernel.client.get(DaemonSet, ref)
      const pods = (await kernel.client.list(Pod, inDefault)).items
      const found = pods.map(pod => `${targetNode(pod)}=${pod.spec.containers[0]?.image}`).sort()
      return (
        status?.numberAvailable === expected.length &&
        status.updatedNumberScheduled === expected.length &&
        found.join() === expected.join()
      )
    })

  it('follows the nodes', async () => {
    await create()
    await has('a pod on each', 'a=one', 'b=one', 'c=one')
    await kernel.client.create(Node, { metadata: { name: 'd' }, spec: {} })
    await has('one on the new node', 'a=one', 'b=one', 'c=one', 'd=one')
    const taints = [{ key: 'broken', effect: 'NoExecute' }]
    await kernel.client.patch(Node, { name: 'b' }, { spec: { taints } })
    await has('none on a tainted node', 'a=one', 'c=one', 'd=one')
  })

  it('rolls over node by node, keeping revisions', async () => {
    await create()
    await has('the first revision', 'a=one', 'b=one', 'c=one')
    await kernel.client.patch(
      DaemonSet,
      ref,
      { spec: { template: { spec: { containers: [{ name: 'agent', image: 'two' }] } } } },
      { type: 'strategic' },
    )
    await has('the second revision', 'a=two', 'b=two', 'c=two')
    const revisions = (await kernel.client.list(ControllerRevision, inDefault)).items
    expect(revisions.map(({ revision }) => revision).sort()).toEqual([1, 2])
    const pods = (await kernel.client.list(Pod, inDefault)).items
    for (const { metadata } of pods) expect(metadata.labels).toMatchObject({ 'pod-template-generation': '2' })
    for (const { metadata } of revisions) expect(metadata.labels).toHaveProperty('controller-revision-hash')
  })

  it('replaces a failed pod and says so', async () => {
    let failed = false
    outcome = pod => {
      if (failed || targetNode(pod) !== 'a') return 'ready'
      failed = true
      return 'failed'
    }
    await create()
    await has('a pod on each', 'a=one', 'b=one', 'c=one')
    await until('the event', async () => {
      const events = (await kernel.client.list(Event, inDefault)).items
      return events.some(
        ({ reason, message }) =>
          reason === 'FailedDaemonPod' && message?.endsWith('on node a, will try to kill it'),
      )
    })
  })
})

describe('FailedPods', () => {
  it('waits one second, then twice as long each time', async () => {
    const clock = new VirtualClock()
    const failed = new FailedPods(clock)
    expect(failed.waitMs('a')).toBe(0)
    failed.replaced('a')
    expect(failed.waitMs('a')).toBe(1000)
    await clock.advance(1000)
    expect(failed.waitMs('a')).toBe(0)
    failed.replaced('a')
    expect(failed.waitMs('a')).toBe(2000)
    await clock.advance(1_800_000)
    failed.replaced('a')
    expect(failed.waitMs('a')).toBe(1000)
  })
})
