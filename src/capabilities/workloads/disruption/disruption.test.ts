import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Event, Pod } from '../../../kube/generated/core-v1.ts'
import { PodDisruptionBudget, type PodDisruptionBudgetSpec } from '../../../kube/generated/policy-v1.ts'
import { workloads } from '../index.ts'

const namespace = 'default'

describe('what is told of a PodDisruptionBudget', () => {
  let test: TestKernel
  let kernel: Kernel
  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads] })
    kernel = test.kernel
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const budget = (name: string, spec: PodDisruptionBudgetSpec) =>
    kernel.client.create(PodDisruptionBudget, { metadata: { name, namespace }, spec })
  const web = { matchLabels: { app: 'web' } }
  const createPod = () =>
    kernel.client.create(Pod, {
      metadata: { name: 'p', namespace, labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    })
  const told = (reason: string) =>
    until(reason, async () => {
      const { items } = await kernel.client.list(Event, { namespace })
      const event = items.find(each => each.reason === reason)
      const { type, message, source, involvedObject } = event ?? {}
      return event && [type, involvedObject?.kind, involvedObject?.name, source?.component, message]
    })

  it('that there are no pods', async () => {
    await budget('b', { minAvailable: 1, selector: web })
    expect(await told('NoPods')).toEqual([
      'Normal',
      'PodDisruptionBudget',
      'b',
      'controllermanager',
      'No matching pods found',
    ])
  })

  it('that pods have no controller whose scale could be asked', async () => {
    await createPod()
    await budget('b', { maxUnavailable: 1, selector: web })
    const [type, kind, , , message] = await told('UnmanagedPods')
    expect([type, kind]).toEqual(['Warning', 'PodDisruptionBudget'])
    expect(message).toBe(
      'Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
    )
  })

  it('that a pod has two of them', async () => {
    await budget('a', { minAvailable: 1, selector: web })
    await budget('b', { minAvailable: 1, selector: web })
    await told('NoPods')
    await createPod()
    const [type, kind, name, component, message] = await told('MultiplePodDisruptionBudgets')
    expect([type, kind, name, component]).toEqual(['Warning', 'Pod', 'p', 'controllermanager'])
    expect(message).toMatch(
      /^Pod "default"\/"p" matches multiple PodDisruptionBudgets\. {2}Chose "[ab]" arbitrarily\.$/,
    )
  })
})
