import { describe, expect, it } from 'vitest'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../../kube/generated/policy-v1.ts'
import { meta, pod } from '../testing/objects.ts'
import { budgetStatus } from './budget-status.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const budget = (
  spec: PodDisruptionBudgetSpec,
  status?: PodDisruptionBudget['status'],
): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: meta('b', { generation: 3 }),
  spec,
  ...(status ? { status } : {}),
})
const pods = (ready: number, unready = 0) => [
  ...Array.from({ length: ready }, (_, i) => pod(`ready-${i}`)),
  ...Array.from({ length: unready }, (_, i) => pod(`unready-${i}`, { ready: false })),
]

describe('budgetStatus', () => {
  const unknown = { problem: 'not known' }
  it.each<
    [string, PodDisruptionBudgetSpec, number, number, number | typeof unknown, [number, number, number]]
  >([
    ['a number that is there', { minAvailable: 2 }, 3, 0, 3, [3, 2, 1]],
    ['a number that is just there', { minAvailable: 2 }, 2, 1, 3, [3, 2, 0]],
    ['a number that is not there', { minAvailable: 4 }, 3, 0, 3, [3, 4, 0]],
    ['a number needs no scale', { minAvailable: 1 }, 2, 0, unknown, [2, 1, 1]],
    ['a part, rounded up', { minAvailable: '50%' }, 3, 0, 3, [3, 2, 1]],
    ['a part of what is wanted, not of what is there', { minAvailable: '50%' }, 3, 0, 10, [10, 5, 0]],
    ['so many fewer', { maxUnavailable: 1 }, 3, 0, 3, [3, 2, 1]],
    ['so many fewer, one of which is missing', { maxUnavailable: 1 }, 2, 1, 3, [3, 2, 0]],
    ['a part fewer, rounded up', { maxUnavailable: '10%' }, 3, 0, 3, [3, 2, 1]],
    ['more fewer than there are', { maxUnavailable: 9 }, 3, 0, 3, [3, 0, 3]],
    ['none', { maxUnavailable: 0 }, 3, 0, 3, [3, 3, 0]],
    ['no pods', { minAvailable: 0 }, 0, 0, 0, [0, 0, 0]],
    ['a scale that is not known', { maxUnavailable: 1 }, 3, 0, unknown, [0, 0, 0]],
  ])('%s', (_, spec, ready, unready, scale, [expectedPods, desiredHealthy, disruptionsAllowed]) => {
    const { status } = budgetStatus(budget(spec), { pods: pods(ready, unready), scale }, now)
    expect(status).toMatchObject({
      currentHealthy: ready,
      expectedPods,
      desiredHealthy,
      disruptionsAllowed,
      observedGeneration: 3,
    })
    const isFailed = typeof scale !== 'number' && expectedPods === 0
    expect(status.conditions).toEqual([
      expect.objectContaining({
        type: 'DisruptionAllowed',
        status: disruptionsAllowed > 0 ? 'True' : 'False',
        reason: isFailed ? 'SyncFailed' : disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: isFailed ? 'not known' : '',
      }),
    ])
  })

  it('counts an evicted pod as gone until its deletion shows, but not for ever', () => {
    const at = (time: string) => ({ disruptedPods: { 'ready-0': time, gone: time } })
    const inputs = { pods: pods(3), scale: 3 }
    const fresh = budgetStatus(budget({ minAvailable: 1 }, at('2026-01-01T00:59:30Z')), inputs, now)
    expect(fresh.status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 })
    expect(fresh.status.disruptedPods).toEqual({ 'ready-0': '2026-01-01T00:59:30Z' })
    expect(fresh.recheckMs).toBe(90_000)
    const old = budgetStatus(budget({ minAvailable: 1 }, at('2026-01-01T00:57:00Z')), inputs, now)
    expect(old.status).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 2 })
    expect(old.status.disruptedPods).toBeUndefined()
    const odd = budgetStatus(
      budget({ minAvailable: 1 }, at('2026-01-01T00:59:30Z')),
      { pods: [pod('constructor'), pod('x')], scale: 2 },
      now,
    )
    expect(odd.status.currentHealthy).toBe(2)
    const deleted = pod('ready-0', { meta: { deletionTimestamp: '2026-01-01T00:59:31Z' } })
    const going = budgetStatus(
      budget({ minAvailable: 1 }, at('2026-01-01T00:59:30Z')),
      { pods: [deleted, pod('x')], scale: 2 },
      now,
    )
    expect(going.status).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 })
    expect(going.status.disruptedPods).toBeUndefined()
  })
})
