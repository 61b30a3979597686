import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { ConfigMap, Pod, ResourceQuota } from '../../../kube/generated/core-v1.ts'
import { workloads } from '../index.ts'
import { meta, pod } from '../testing/objects.ts'
import { counts, quotaStatus } from './quota-status.ts'

const quota = (hard: Record<string, string>, scopes?: string[]): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: meta('limits'),
  spec: { hard, ...(scopes ? { scopes } : {}) },
})
const asking = (name: string, cpu: string, phase = 'Running'): Pod => {
  const base = pod(name, { phase })
  return { ...base, spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] } }
}

describe('quotaStatus', () => {
  const used = (of: ResourceQuota, ...objects: Pod[]) => quotaStatus(of, [{ kind: Pod, objects }], 0).used
  it('adds up what runs', () => {
    const of = quota({ 'requests.cpu': '2', pods: '5', 'count/pods': '9', secrets: '3' })
    expect(used(of, asking('a', '100m'), asking('b', '1'), asking('c', '1', 'Succeeded'))).toEqual({
      'requests.cpu': '1100m',
      pods: '2',
      'count/pods': '3',
    })
    expect(used(of)).toEqual({ 'requests.cpu': '0', pods: '0', 'count/pods': '0' })
  })
  it('counts only what is in scope', () => {
    expect(used(quota({ pods: '5' }, ['BestEffort']), asking('a', '1'), pod('b'))).toEqual({ pods: '1' })
  })
  it('knows which kinds it counts', () => {
    expect(counts(quota({ configmaps: '1' }), ConfigMap)).toBe(true)
    expect(counts(quota({ configmaps: '1' }), Pod)).toBe(false)
  })
})

describe('a ResourceQuota on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads] })
    kernel = test.kernel
  })
  afterEach(() => test[Symbol.asyncDispose]())

  it('is never exceeded by what it counts', async () => {
    const namespace = 'default'
    const { client } = kernel
    await client.create(ResourceQuota, { metadata: { name: 'q', namespace }, spec: { hard: { pods: '3' } } })
    const status = async () => (await client.get(ResourceQuota, { name: 'q', namespace })).status
    await until('its status', async () => (await status())?.hard !== undefined)
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    // One after the other, as controllers create them: there is time for counting in between.
    for (let index = 0; index < 12; index++)
      await client.create(Pod, { metadata: { name: `p${index}`, namespace }, spec }).catch(error => {
        expect(error.message).toContain('exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3')
      })
    expect((await client.list(Pod, { namespace })).items).toHaveLength(3)
    expect((await status())?.used).toEqual({ pods: '3' })
    await client.delete(Pod, { name: 'p0', namespace }, { gracePeriodSeconds: 0 })
    await until('room', async () => (await status())?.used?.['pods'] === '2')
    await client.patch(ResourceQuota, { name: 'q', namespace }, { spec: { hard: { pods: '4' } } })
    await until('another limit', async () => (await status())?.hard?.['pods'] === '4')
  })

  it('is not added up when admission reserves: the object that it is for may not be there yet', async () => {
    const namespace = 'default'
    const { client } = kernel
    const create = async (name: string) => {
      await client.create(ResourceQuota, { metadata: { name, namespace }, spec: { hard: { pods: '3' } } })
      await until('its status', async () => (await usedOf(name)) === '0')
    }
    const usedOf = async (name: string) =>
      (await client.get(ResourceQuota, { name, namespace })).status?.used?.['pods']
    await create('q')
    const reserved = { status: { used: { pods: '2' } } }
    await client.patch(ResourceQuota, { name: 'q', namespace }, reserved, { subresource: 'status' })
    await create('later')
    expect(await usedOf('q')).toBe('2')
  })

  it('counts what is there and notices what goes', async () => {
    const metadata = (name: string) => ({ name, namespace: 'quota-test' })
    const { client } = kernel
    await client.create(
      { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
      { metadata: { name: 'quota-test' } },
    )
    await client.create(ConfigMap, { metadata: metadata('one') })
    await client.create(ConfigMap, { metadata: metadata('two') })
    const hard = { configmaps: '5', 'count/deployments.apps': '2' }
    await client.create(ResourceQuota, { metadata: metadata('limits'), spec: { hard } })
    const used = (configmaps: string) =>
      until(`${configmaps} ConfigMaps`, async () => {
        const { status } = await client.get(ResourceQuota, metadata('limits'))
        return status?.used?.['configmaps'] === configmaps && status
      })
    expect(await used('2')).toEqual({ hard, used: { configmaps: '2', 'count/deployments.apps': '0' } })
    await client.delete(ConfigMap, metadata('one'))
    await used('1')
  })

  it('never lets in more than there is, however many ask at once, and gives back what goes', async () => {
    const { client } = kernel
    const limits = { name: 'limits', namespace: 'default' }
    const hard = { pods: '5', 'requests.cpu': '1' }
    await client.create(ResourceQuota, { metadata: limits, spec: { hard } })
    await client.create(ResourceQuota, {
      metadata: { name: 'besteffort', namespace: 'default' },
      spec: { hard: { pods: '0' }, scopes: ['BestEffort'] },
    })
    const used = async () => (await client.get(ResourceQuota, limits)).status?.used
    await until('the first count', used)
    let made = 0
    const create = (cpu?: string) => {
      const metadata = { name: `p${made++}`, namespace: 'default' }
      const resources = cpu ? { requests: { cpu } } : {}
      return client.create(Pod, { metadata, spec: { containers: [{ name: 'c', image: 'i', resources }] } })
    }
    const attempt = async (count: number, cpu: string) => {
      const results = await Promise.allSettled(Array.from({ length: count }, () => create(cpu)))
      return results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    }
    const first = await attempt(20, '300m')
    expect(first).toHaveLength(3)
    expect(await used()).toEqual({ pods: '3', 'requests.cpu': '900m' })
    await expect(create('200m')).rejects.toThrow(
      'exceeded quota: limits, requested: requests.cpu=200m, used: requests.cpu=900m, limited: requests.cpu=1',
    )
    await expect(create()).rejects.toThrow(
      /failed quota: limits: must specify requests\.cpu for: c|exceeded quota: besteffort/,
    )
    for (const { metadata } of first.slice(0, 2)) await client.delete(Pod, metadata)
    await until('what is given back', async () => (await used())?.['requests.cpu'] === '300m')
    expect(await attempt(20, '100m')).toHaveLength(4)
    expect(await used()).toEqual({ pods: '5', 'requests.cpu': '700m' })
  })
})
