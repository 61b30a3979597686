import { describe, expect, it } from 'vitest'
import { deployment, replicaSet } from '../testing/objects.ts'
import { boundsOf, newSize, shrinkOld } from './rolling-update.ts'

const rolling = (maxSurge: number | string, maxUnavailable: number | string, replicas = 10) =>
  deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } })

describe('bounds', () => {
  it.each([
    ['percentages: up and down', rolling('25%', '25%', 10), { maxSurge: 3, maxUnavailable: 2 }],
    ['both nothing: one may go', rolling(0, '5%', 10), { maxSurge: 0, maxUnavailable: 1 }],
    ['numbers', rolling(2, 4), { maxSurge: 2, maxUnavailable: 4 }],
    ['never more than there are', rolling(0, 5, 3), { maxSurge: 0, maxUnavailable: 3 }],
    ['no replicas', rolling('25%', '25%', 0), { maxSurge: 0, maxUnavailable: 0 }],
    ['Recreate', deployment({ strategy: { type: 'Recreate' } }), { maxSurge: 0, maxUnavailable: 0 }],
    ['defaults', deployment({ replicas: 4 }), { maxSurge: 1, maxUnavailable: 1 }],
  ])('%s', (_name, subject, bounds) => {
    expect(boundsOf(subject)).toEqual(bounds)
  })
})

// Cases after upstream's TestDeploymentController_reconcileNewReplicaSet: replicas, surge, old, new → size.
describe('the new ReplicaSet', () => {
  it.each([
    [10, 0, 10, 0, 0],
    [10, 2, 10, 0, 2],
    [10, 2, 5, 0, 7],
    [10, 2, 10, 2, 2],
    [10, 2, 2, 11, 10],
    [10, '25%', 10, 0, 3],
  ])('%i wanted, surge %s, %i old, %i new → %i', (replicas, surge, old, current, size) => {
    const all = [replicaSet('old', old), replicaSet('new', current)]
    expect(newSize(rolling(surge, 0, replicas), all, current)).toBe(size)
  })

  it('has its full size at once with Recreate', () => {
    expect(newSize(deployment({ strategy: { type: 'Recreate' } }), [], 0)).toBe(10)
  })
})

describe('old ReplicaSets', () => {
  it.each([
    ['available beyond the minimum goes', rolling(0, 2), [['old', 10, 10]], [0, 0], { old: 8 }],
    ['what is not available goes first', rolling(0, 2), [['old', 10, 8]], [0, 0], { old: 8 }],
    ['new pods that are not available yet hold it up', rolling(2, 2), [['old', 8, 8]], [4, 0], {}],
    ['new ones that are make room', rolling(2, 2), [['old', 8, 8]], [4, 4], { old: 4 }],
    ['an unhealthy old one goes whole', rolling(0, 5), [['old', 10, 0]], [0, 0], { old: 5 }],
    [
      'oldest first',
      rolling(0, 5),
      [
        ['a', 3, 3],
        ['b', 7, 7],
      ],
      [0, 0],
      { a: 0, b: 5 },
    ],
    ['nothing left to do', rolling(0, 2), [['old', 0, 0]], [10, 10], {}],
  ] as const)('%s', (_name, subject, old, [size, available], expected) => {
    const sets = old.map(([name, replicas, ready]) => replicaSet(name, replicas, ready))
    expect(Object.fromEntries(shrinkOld(subject, sets, replicaSet('new', size, available)))).toEqual(expected)
  })
})
