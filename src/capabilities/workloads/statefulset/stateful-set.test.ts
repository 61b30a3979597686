import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { ControllerRevision, StatefulSet } from '../../../kube/generated/apps-v1.ts'
import { Event, PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { workloads } from '../index.ts'
import { fakeNode, type Outcome } from '../testing/fake-node.ts'

const ref = { name: 'db', namespace: 'default' }
const inDefault = { namespace: 'default' }

describe('a StatefulSet on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let outcome: (pod: Pod) => Outcome

  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads] })
    kernel = test.kernel
    outcome = () => 'ready'
    fakeNode(kernel, pod => outcome(pod))
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const create = (spec: Partial<StatefulSet['spec']> = {}) =>
    kernel.client.create(StatefulSet, {
      metadata: ref,
      spec: {
        replicas: 3,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: {
          metadata: { labels: { app: 'db' } },
          spec: { containers: [{ name: 'db', image: 'one' }] },
        },
        ...spec,
      },
    })
  const setImage = (image: string) =>
    kernel.client.patch(
      StatefulSet,
      ref,
      { spec: { template: { spec: { containers: [{ name: 'db', image }] } } } },
      { type: 'strategic' },
    )
  const images = async () =>
    (await kernel.client.list(Pod, inDefault)).items
      .map(pod => `${pod.metadata.name}=${pod.spec.containers[0]?.image}`)
      .sort()
  const has = (what: string, ...expected: string[]) =>
    until(what, async () => {
      const { status } = await kernel.client.get(StatefulSet, ref)
      const [revision] = (await kernel.client.list(ControllerRevision, inDefault)).items
      expect(revision?.metadata.labels).toEqual({
        app: 'db',
        'controller.kubernetes.io/hash': revision?.metadata.name.replace('db-', ''),
      })
      const found = await images()
      return status?.readyReplicas === expected.length && found.join() === expected.join()
    })

  it('gives its pods stable names, labels and claims', async () => {
    const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
    await create({
      volumeClaimTemplates: [
        // The schema's metadata of a template needs no more than a name.
        { metadata: { name: 'data' }, ...claim } as unknown as PersistentVolumeClaim,
      ],
    })
    await has('three pods', 'db-0=one', 'db-1=one', 'db-2=one')
    const pod = await kernel.client.get(Pod, { name: 'db-1', namespace: 'default' })
    const { status } = await kernel.client.get(StatefulSet, ref)
    expect(pod.metadata.labels).toMatchObject({
      app: 'db',
      'apps.kubernetes.io/pod-index': '1',
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'controller-revision-hash': status?.updateRevision,
    })
    expect(pod.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db' })
    expect(pod.spec.volumes?.[0]).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } })
    const claims = (await kernel.client.list(PersistentVolumeClaim, inDefault)).items
    expect(claims.map(({ metadata }) => [metadata.name, metadata.labels])).toEqual(
      [0, 1, 2].map(ordinal => [`data-db-${ordinal}`, { app: 'db' }]),
    )
    await until('an event of each kind', async () => {
      const messages = (await kernel.client.list(Event, inDefault)).items.map(({ message }) => message)
      return (
        messages.includes('Create Claim data-db-0 Pod db-0 in StatefulSet db success') &&
        messages.includes('Create Pod db-0 in StatefulSet db successful')
      )
    })
  })

  it('rolls over and back, keeping revisions', async () => {
    await create()
    await has('the first revision', 'db-0=one', 'db-1=one', 'db-2=one')
    await setImage('two')
    await has('the second revision', 'db-0=two', 'db-1=two', 'db-2=two')
    await until('its end', async () => {
      const { status } = await kernel.client.get(StatefulSet, ref)
      return status?.currentRevision === status?.updateRevision && status?.updatedReplicas === 3
    })
    await setImage('one')
    await has('the first revision again', 'db-0=one', 'db-1=one', 'db-2=one')
    const revisions = (await kernel.client.list(ControllerRevision, inDefault)).items
    expect(revisions.map(({ revision }) => revision).sort()).toEqual([2, 3])
  })

  it('stops at the partition', async () => {
    await create({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } })
    await has('the first revision', 'db-0=one', 'db-1=one', 'db-2=one')
    await setImage('two')
    await has('the canary', 'db-0=one', 'db-1=one', 'db-2=two')
    await kernel.client.delete(Pod, { name: 'db-0', namespace: 'default' })
    await has('the old revision below it', 'db-0=one', 'db-1=one', 'db-2=two')
  })

  it('does not start the second pod before the first is ready', async () => {
    outcome = () => 'unready'
    await create()
    await until('the first pod', async () => (await images()).length > 0)
    const { status } = await kernel.client.get(StatefulSet, ref)
    expect(await images()).toEqual(['db-0=one'])
    expect(status?.readyReplicas ?? 0).toBe(0)
  })

  it('deletes the claims of pods that are scaled away', async () => {
    await create({
      replicas: 2,
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' },
      volumeClaimTemplates: [
        // As above.
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        } as unknown as PersistentVolumeClaim,
      ],
    })
    await has('two pods', 'db-0=one', 'db-1=one')
    await kernel.client.patch(StatefulSet, ref, { spec: { replicas: 1 } })
    await until('one claim', async () => {
      const claims = (await kernel.client.list(PersistentVolumeClaim, inDefault)).items
      return claims.map(({ metadata }) => metadata.name).join() === 'data-db-0'
    })
  })
})
