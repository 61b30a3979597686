import { beforeEach, describe, expect, it } from 'vitest'
import { podFacts } from '../cluster/pod-facts.ts'
import { requesting, testCluster, testNode, testPod } from '../testing.ts'
import type { ClusterEvent } from './cluster-event.ts'
import { helps } from './helps.ts'
import { SchedulingQueue } from './scheduling-queue.ts'

let queue: SchedulingQueue
beforeEach(() => {
  queue = new SchedulingQueue()
})
const next = (now: number) => queue.take(now)?.facts.pod.metadata.name
const left: ClusterEvent = { kind: 'podLeft', pod: podFacts(testPod('other')) }

it('orders by priority, then by time', () => {
  queue.put(testPod('first'), 1)
  queue.put(testPod('second'), 2)
  queue.put(testPod('urgent', { priority: 5 }), 3)
  queue.put(testPod('gone', { priority: 9 }), 3)
  queue.remove('default-gone')
  expect([next(4), next(4), next(4), next(4)]).toEqual(['urgent', 'first', 'second', undefined])
})

it('tries again after an event that could help and a back-off that doubles', () => {
  queue.put(testPod('p'), 0)
  const refuse = (now: number) => {
    const entry = queue.take(now)
    if (!entry) throw new Error('not ready')
    queue.refuse(entry, new Set(['NodeResourcesFit']), now)
  }
  refuse(0)
  expect(next(60_000)).toBeUndefined()
  queue.notice({ kind: 'storage' }, 60_000)
  expect(next(60_000)).toBeUndefined()
  queue.notice(left, 60_000)
  refuse(60_000)
  queue.notice(left, 60_500)
  expect(queue.nextAt()).toBe(62_000)
  expect(next(61_999)).toBeUndefined()
  refuse(62_000)
  queue.retryOld(62_000 + 5 * 60_000)
  expect(next(62_000 + 5 * 60_000)).toBe('p')
})

it('tries again at once when the pod itself changes', () => {
  const pod = testPod('p')
  queue.put(pod, 0)
  const entry = queue.take(0)
  if (entry) queue.refuse(entry, new Set(['NodeAffinity']), 0)
  queue.put({ ...pod, status: { phase: 'Pending' } }, 5000)
  expect(next(5000)).toBeUndefined()
  queue.put({ ...pod, metadata: { ...pod.metadata, generation: 2 } }, 5000)
  expect(next(5000)).toBe('p')
})

describe('which events help', () => {
  const node = (...args: Parameters<typeof testNode>): ClusterEvent => {
    const found = testCluster([testNode(...args)]).nodes[0]
    if (!found) throw new Error('no node')
    return { kind: 'node', node: found }
  }
  it.each<[string, string[], ClusterEvent, boolean]>([
    ['room on a node', ['NodeResourcesFit'], left, true],
    ['room where a label lacks', ['NodeAffinity'], left, false],
    ['room where one of two lacks', ['NodeAffinity', 'NodeResourcesFit'], left, true],
    ['a node that is large enough', ['NodeResourcesFit'], node('n'), true],
    ['one that is too small', ['NodeResourcesFit'], node('n', {}, { allocatable: { cpu: '1' } }), false],
    ['a node with the label', ['NodeAffinity'], node('n', { disk: 'ssd' }), true],
    ['a node without it', ['NodeAffinity'], node('n'), false],
    ['a cordoned node', ['NodeUnschedulable'], node('n', {}, { spec: { unschedulable: true } }), false],
    ['an open node', ['NodeUnschedulable'], node('n'), true],
    ['a first node', [], node('n'), true],
    ['a volume', ['VolumeBinding'], { kind: 'storage' }, true],
    ['a pod that is placed', ['InterPodAffinity'], { kind: 'podPlaced', pod: podFacts(testPod('x')) }, false],
  ])('%s', (_, plugins, event, expected) => {
    const pod = podFacts(testPod('p', requesting({ cpu: '2' }, { nodeSelector: { disk: 'ssd' } })))
    expect(helps(pod, new Set(plugins), event)).toBe(expected)
  })
})
