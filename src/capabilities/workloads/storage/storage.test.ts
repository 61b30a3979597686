import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Event, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { StorageClass } from '../../../kube/generated/storage-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import { workloads } from '../index.ts'
import { claimProtection } from './protection.ts'
import { fakeNode } from '../testing/fake-node.ts'

const ref = { name: 'data', namespace: 'default' }
const inDefault = { namespace: 'default' }
/** As a node offers that runs pods in this process. */
const aNode = { ofPod: () => undefined, ofNode: () => undefined }

it('makes no class where no pod of this process could use its volumes', async () => {
  await using test = await startTestKernel({ capabilities: [workloads] })
  expect((await test.kernel.client.list(StorageClass)).items).toEqual([])
})

describe('claims on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel

  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads], ports: { podMetrics: aNode } })
    kernel = test.kernel
    fakeNode(kernel)
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const create = (spec: PersistentVolumeClaim['spec'] = {}) =>
    kernel.client.create(PersistentVolumeClaim, {
      metadata: ref,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    })
  const isBound = () =>
    until('the binding', async () => {
      const claim = await kernel.client.get(PersistentVolumeClaim, ref)
      return claim.status?.phase === 'Bound' && claim
    })
  const reasons = async () => (await kernel.client.list(Event, inDefault)).items.map(({ reason }) => reason)

  it('asks the API whether a claim is used before it lets go of one that is deleted', async () => {
    await create()
    const claim = await isBound()
    const spec = {
      nodeName: 'elsewhere',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: ref.name } }],
    }
    await kernel.client.create(Pod, { metadata: { name: 'user', namespace: 'default' }, spec })
    const deleted = { ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
    const behind = {
      for: (kind: Kind) => ({
        addIndex() {},
        by: () => [],
        get: () => kind === PersistentVolumeClaim && deleted,
      }),
    }
    // The informer of pods shows none yet.
    const controller = claimProtection({ ...kernel, informers: behind } as unknown as Kernel)
    await controller.reconcile('default/data', new AbortController().signal)
    const { metadata } = await kernel.client.get(PersistentVolumeClaim, ref)
    expect(metadata.finalizers).toContain('kubernetes.io/pvc-protection')
  })

  it('provisions a directory of the default class and removes it with the claim', async () => {
    await create()
    const claim = await isBound()
    expect(claim.spec?.storageClassName).toBe('standard')
    expect(claim.status?.capacity).toEqual({ storage: '1Gi' })
    const name = `pvc-${claim.metadata.uid}`
    const path = join(kernel.dataDirectory.path, 'volumes', name)
    expect(existsSync(path)).toBe(true)
    const volume = await kernel.client.get(PersistentVolume, { name })
    expect(volume).toMatchObject({ spec: { hostPath: { path } }, status: { phase: 'Bound' } })
    await until('the event', async () => (await reasons()).includes('ProvisioningSucceeded'))
    await kernel.client.delete(PersistentVolumeClaim, ref)
    await until('no volume', async () => !(await kernel.client.find(PersistentVolume, { name })))
    expect(existsSync(path)).toBe(false)
  })

  it('binds a volume that is there, and keeps it when the claim goes', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' }, hostPath: { path: '/srv' } }
    const metadata = { name: 'by-hand' }
    await kernel.client.create(PersistentVolume, { metadata, spec })
    await create({ storageClassName: '' })
    expect((await isBound()).spec?.volumeName).toBe('by-hand')
    await kernel.client.delete(PersistentVolumeClaim, ref)
    await until('its release', async () => {
      const { status } = await kernel.client.get(PersistentVolume, metadata)
      return status?.phase === 'Released'
    })
  })

  it('says what a claim waits for', async () => {
    await create({ storageClassName: '' })
    await until('the event', async () => (await reasons()).includes('FailedBinding'))
  })

  it('keeps a claim that is deleted until its pod is gone', async () => {
    await create()
    await isBound()
    const pod = { name: 'user', namespace: 'default' }
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
    await kernel.client.create(Pod, {
      metadata: pod,
      spec: { containers: [{ name: 'c', image: 'i' }], volumes },
    })
    await until('the pod in use', async () => (await kernel.client.get(Pod, pod)).status?.phase === 'Running')
    await kernel.client.delete(PersistentVolumeClaim, ref)
    expect((await kernel.client.get(PersistentVolumeClaim, ref)).metadata.deletionTimestamp).toBeDefined()
    await kernel.client.delete(Pod, pod)
    await until('no claim', async () => !(await kernel.client.find(PersistentVolumeClaim, ref)))
  })

  it('grows a claim', async () => {
    await create()
    await isBound()
    await kernel.client.patch(PersistentVolumeClaim, ref, {
      spec: { resources: { requests: { storage: '3Gi' } } },
    })
    await until('more room', async () => {
      const { status } = await kernel.client.get(PersistentVolumeClaim, ref)
      return status?.capacity?.['storage'] === '3Gi'
    })
  })

  it('makes the claims of ephemeral volumes', async () => {
    const volumeClaimTemplate = {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }
    const pod = { name: 'user', namespace: 'default' }
    await kernel.client.create(Pod, {
      metadata: pod,
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }],
      },
    })
    const claim = { name: 'user-scratch', namespace: 'default' }
    await until('its claim', async () => {
      const found = await kernel.client.find(PersistentVolumeClaim, claim)
      return found?.status?.phase === 'Bound'
    })
    await kernel.client.delete(Pod, pod)
    await until('no claim', async () => !(await kernel.client.find(PersistentVolumeClaim, claim)))
  })
})
