import { expect, it } from 'vitest'
import type { Pod } from '../../kube/generated/core-v1.ts'
import type { Observed } from './observed.ts'
import { planRestart } from './restart.ts'
import { replicaSetFixture, rolloutFixture } from './testing/fixtures.ts'

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
const pod = (name: string, second: number, leaving = false): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: at(second),
    ...(leaving ? { deletionTimestamp: at(30) } : {}),
  },
  spec: { containers: [] },
})
const observed = (nowSecond: number, available = 4, restartedAt?: string): Observed => {
  const canary = replicaSetFixture('new', { replicas: 4, available })
  return {
    rollout: rolloutFixture(
      { maxUnavailable: 2 },
      { spec: { restartAt: at(20) }, status: restartedAt ? { restartedAt } : {} },
    ),
    hash: 'new',
    canary,
    stable: canary,
    older: [],
    runs: [],
    pods: [],
    traffic: undefined,
    nowMs: Date.parse(at(nowSecond)),
  }
}
const pods = [pod('b', 5), pod('a', 3), pod('c', 7), pod('new', 25)]

it.each([
  ['waits for its time', observed(10), pods, [], undefined],
  ['takes the oldest, as many as may be missing', observed(30), pods, ['a', 'b'], undefined],
  ['takes fewer while one is missing', observed(30, 3), pods, ['a'], undefined],
  ['takes none while enough are missing', observed(30, 2), pods, [], undefined],
  ['counts those that are leaving', observed(30), [pod('x', 1, true), ...pods], ['a'], undefined],
  ['is done when none is older', observed(30), [pod('new', 25)], [], at(20)],
  ['is done once', observed(30, 4, at(20)), pods, [], undefined],
])('%s', (_, scene, present, expected, restartedAt) => {
  const plan = planRestart({ ...scene, pods: present })
  expect(plan.delete.map(({ metadata }) => metadata.name)).toEqual(expected)
  expect(plan.restartedAt).toBe(restartedAt)
})
