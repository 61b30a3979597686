import { describe, expect, it } from 'vitest'
import { pod, replicaSet } from '../testing/objects.ts'
import { byDeletionOrder, crowdingOf } from './deletion-rank.ts'
import { planReplicas } from './replica-set-plan.ts'
import { nextAvailability, replicaSetStatus } from './replica-set-status.ts'

const now = Date.parse('2026-01-01T10:00:00Z')
const quiet = crowdingOf([])

describe('deletion order', () => {
  it.each([
    ['unassigned first', pod('goes', { node: '' }), pod('stays')],
    ['pending before running', pod('goes', { phase: 'Pending' }), pod('stays')],
    ['not ready before ready', pod('goes', { ready: false }), pod('stays')],
    [
      'cheaper first',
      pod('goes', { meta: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } }),
      pod('stays'),
    ],
    ['ready for less time first', pod('goes', { readyAt: '2026-01-01T09:59:00Z' }), pod('stays')],
    ['more restarts first', pod('goes', { restarts: 3 }), pod('stays')],
    ['younger first', pod('goes', { meta: { creationTimestamp: '2026-01-01T09:59:00Z' } }), pod('stays')],
  ])('%s', (_name, goes, stays) => {
    expect(byDeletionOrder([stays, goes], quiet, now)[0]).toBe(goes)
    expect(byDeletionOrder([goes, stays], quiet, now)[0]).toBe(goes)
  })

  it('takes from the node where they crowd', () => {
    const crowded = [pod('a', { node: 'one' }), pod('b', { node: 'one' })]
    const alone = pod('0', { node: 'two' })
    expect(byDeletionOrder([alone, ...crowded], crowdingOf([alone, ...crowded]), now).at(-1)).toBe(alone)
  })
})

it('plans creations and deletions, at most 500 at once', () => {
  const view = { crowding: () => quiet, now }
  expect(planReplicas([], 3, view)).toEqual({ kind: 'create', count: 3 })
  expect(planReplicas([], 900, view)).toEqual({ kind: 'create', count: 500 })
  expect(planReplicas([pod('a')], 1, view)).toEqual({ kind: 'keep' })
  const [a, b] = [pod('a'), pod('b', { ready: false })]
  expect(planReplicas([a, b], 1, view)).toEqual({ kind: 'delete', pods: [b] })
})

describe('status', () => {
  const young = pod('young', { readyAt: '2026-01-01T09:59:55Z' })
  const pods = [
    pod('old'),
    young,
    pod('unready', { ready: false }),
    pod('leaving', { meta: { deletionTimestamp: '2026-01-01T09:00:00Z' } }),
    pod('finished', { phase: 'Failed' }),
  ]
  const subject = { ...replicaSet('web', 3), spec: { ...replicaSet('web', 3).spec, minReadySeconds: 10 } }

  it('counts', () => {
    expect(replicaSetStatus(subject, pods, { failure: undefined, now })).toMatchObject({
      replicas: 3,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      fullyLabeledReplicas: 3,
    })
    expect(nextAvailability(pods, 10, now)).toBe(5000)
  })

  it("carries the API server's refusal", () => {
    const failure = { reason: 'FailedCreate', message: 'pods "web" is forbidden: exceeded quota' } as const
    const { conditions } = replicaSetStatus(subject, pods, { failure, now })
    expect(conditions).toEqual([
      expect.objectContaining({ type: 'ReplicaFailure', status: 'True', message: failure.message }),
    ])
    const healed = replicaSetStatus({ ...subject, status: { replicas: 0, conditions } }, pods, {
      failure: undefined,
      now,
    })
    expect(healed.conditions).toEqual([])
  })
})
