import { describe, expect, it } from 'vitest'
import type { Pod, ResourceRequirements } from './generated/core-v1.ts'
import { effectiveSpec, podAmounts, podQuantities } from './pod-resources.ts'

const cpu = (amount: string): ResourceRequirements => ({ requests: { cpu: amount } })

function podOf(
  asked: ResourceRequirements,
  held: { given: string; allocated: string } | undefined,
  reason = '',
): Pod {
  const status = held && {
    name: 'c',
    image: 'i',
    imageID: '',
    ready: true,
    restartCount: 0,
    resources: cpu(held.given),
    allocatedResources: { cpu: held.allocated },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'c', resources: asked }] },
    status: {
      conditions: reason ? [{ type: 'PodResizePending', status: 'True', reason }] : [],
      ...(status ? { containerStatuses: [status] } : {}),
    },
  }
}

describe('what a pod holds of its node', () => {
  it.each([
    [podOf(cpu('1'), undefined), '1'],
    [podOf(cpu('1'), { given: '1', allocated: '1000m' }), '1'],
    [podOf(cpu('1'), { given: '2', allocated: '1' }), '2'],
    [podOf(cpu('1'), { given: '1', allocated: '3' }), '3'],
    [podOf(cpu('4'), { given: '1', allocated: '1' }, 'Deferred'), '4'],
    [podOf(cpu('4'), { given: '1', allocated: '2' }, 'Infeasible'), '2'],
  ])('is the most of what it asks for, is allocated and has (case %#)', (pod, expected) => {
    expect(podQuantities(effectiveSpec(pod), 'requests')).toEqual({ cpu: expected })
  })

  it('is its specification as it stands when nothing differs', () => {
    const pod = podOf(cpu('1'), { given: '1', allocated: '1' })
    expect(effectiveSpec(pod)).toBe(pod.spec)
  })
})

it('quantities are summed in the form of the first', () => {
  const containers = [{ memory: '1Gi' }, { memory: '1024Mi' }].map((requests, index) => ({
    name: `c${index}`,
    resources: { requests },
  }))
  expect(podQuantities({ containers }, 'requests')).toEqual({ memory: '2Gi' })
  expect(podAmounts({ containers }, 'requests').get('memory')).toBe(2n * 1024n ** 3n * 1_000_000_000n)
})
