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
})
