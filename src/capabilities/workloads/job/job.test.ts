import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Job, type JobStatus } from '../../../kube/generated/batch-v1.ts'
import { Event, Pod } from '../../../kube/generated/core-v1.ts'
import { workloads } from '../index.ts'
import { fakeNode, type Outcome } from '../testing/fake-node.ts'
import { completionIndexOf } from './job-facts.ts'

const ref = { name: 'work', namespace: 'default' }
const inDefault = { namespace: 'default' }

describe('a Job on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let outcome: (pod: Pod) => Outcome

  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads] })
    kernel = test.kernel
    outcome = () => 'succeeded'
    fakeNode(kernel, pod => outcome(pod))
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const create = (spec: Partial<Job['spec']>) =>
    kernel.client.create(Job, {
      metadata: ref,
      spec: {
        ...spec,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
      },
    })
  const ended = (type: string) =>
    until(type, async () => {
      const { status } = await kernel.client.get(Job, ref)
      return status?.conditions?.some(condition => condition.type === type) && status
    })
  const pods = async () => (await kernel.client.list(Pod, inDefault)).items

  it.each<[string, Partial<Job['spec']>, Outcome, Partial<JobStatus>]>([
    ['fails', { backoffLimitPerIndex: 0, maxFailedIndexes: 0 }, 'failed', { failedIndexes: '1', failed: 3 }],
    [
      'succeeds',
      { successPolicy: { rules: [{ succeededIndexes: '1' }] } },
      'succeeded',
      { completedIndexes: '1' },
    ],
  ])(
    '%s by one index: pods that are told to end leave no trace of their own',
    async (_, spec, first, expected) => {
      outcome = pod => (completionIndexOf(pod) === 1 ? first : 'ready')
      await create({ completionMode: 'Indexed', completions: 3, parallelism: 3, ...spec })
      const status = await ended(first === 'failed' ? 'Failed' : 'Complete')
      expect(status).toMatchObject(expected)
      expect(status.failed).toBe(expected.failed)
    },
  )

  it('runs every index once and tells each pod its own', async () => {
    await create({ completionMode: 'Indexed', completions: 4, parallelism: 2 })
    const status = await ended('Complete')
    expect(status).toMatchObject({ succeeded: 4, completedIndexes: '0-3', uncountedTerminatedPods: {} })
    expect(status.conditions?.map(({ type, reason }) => [type, reason])).toEqual([
      ['SuccessCriteriaMet', 'CompletionsReached'],
      ['Complete', 'CompletionsReached'],
    ])
    const found = await pods()
    expect(found.map(completionIndexOf).sort()).toEqual([0, 1, 2, 3])
    const second = found.find(pod => completionIndexOf(pod) === 1)
    expect(second?.metadata.name).toMatch(/^work-1-.{5}$/)
    expect(second?.spec.hostname).toBe('work-1')
    expect(second?.metadata.labels?.['batch.kubernetes.io/job-completion-index']).toBe('1')
    expect(second?.spec.containers[0]?.env).toEqual([
      expect.objectContaining({ name: 'JOB_COMPLETION_INDEX', valueFrom: expect.anything() }),
    ])
  })

  it('fails the indexes that fail and runs the others', async () => {
    outcome = pod => (completionIndexOf(pod) === 1 ? 'failed' : 'succeeded')
    await create({ completionMode: 'Indexed', completions: 3, parallelism: 3, backoffLimitPerIndex: 0 })
    expect(await ended('Failed')).toMatchObject({ failedIndexes: '1', completedIndexes: '0,2', failed: 1 })
  })

  it('ends by its success policy and takes the others down', async () => {
    outcome = pod => (completionIndexOf(pod) === 0 ? 'succeeded' : 'ready')
    const successPolicy = { rules: [{ succeededIndexes: '0' }] }
    await create({ completionMode: 'Indexed', completions: 3, parallelism: 3, successPolicy })
    const status = await ended('Complete')
    expect(status.conditions?.[0]).toMatchObject({
      reason: 'SuccessPolicy',
      message: 'Matched rules at index 0',
    })
    await until('no running pods', async () =>
      (await pods()).every(({ status }) => status?.phase === 'Succeeded'),
    )
  })

  it('is suspended and resumed', async () => {
    outcome = () => 'ready'
    await create({ completions: 1 })
    await until('a pod', async () => (await pods()).length === 1)
    await kernel.client.patch(Job, ref, { spec: { suspend: true } })
    const status = await ended('Suspended')
    expect(status.startTime).toBeUndefined()
    await until('no pod', async () => (await pods()).length === 0)
    outcome = () => 'succeeded'
    await kernel.client.patch(Job, ref, { spec: { suspend: false } })
    const complete = await ended('Complete')
    expect(complete.conditions?.[0]).toMatchObject({
      type: 'Suspended',
      status: 'False',
      reason: 'JobResumed',
    })
    await until('both events', async () => {
      const reasons = (await kernel.client.list(Event, inDefault)).items.map(({ reason }) => reason)
      return reasons.includes('Suspended') && reasons.includes('Resumed')
    })
  })

  it('adopts matching pods with a manual selector', async () => {
    outcome = () => 'pending'
    const labels = { mine: 'yes' }
    const spec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] }
    await kernel.client.create(Pod, { metadata: { name: 'before', namespace: 'default', labels }, spec })
    await kernel.client.create(Job, {
      metadata: ref,
      spec: {
        manualSelector: true,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    })
    await until('its adoption', async () => {
      const { metadata } = await kernel.client.get(Pod, { name: 'before', namespace: 'default' })
      return metadata.ownerReferences?.[0]?.name === 'work' && metadata.finalizers?.length === 1
    })
    expect(await pods()).toHaveLength(1)
  })

  it('lets go of the pods of a Job that is orphaned', async () => {
    outcome = () => 'ready'
    await create({ completions: 1 })
    await until('a pod', async () => (await pods()).length === 1)
    await kernel.client.delete(Job, ref, { propagationPolicy: 'Orphan' })
    await until('no finalizer', async () => {
      const [pod] = await pods()
      return pod && !pod.metadata.ownerReferences?.length && !pod.metadata.finalizers?.length
    })
  })
})
