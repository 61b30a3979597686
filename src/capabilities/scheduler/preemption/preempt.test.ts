import { describe, expect, it } from 'vitest'
import type { Pod, PodSpec } from '../../../kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../../kube/generated/policy-v1.ts'
import { podFacts } from '../cluster/pod-facts.ts'
import { fitMessage } from '../fit-error.ts'
import { placePod } from '../place-pod.ts'
import { requesting, testCluster, testNode, testPod } from '../testing.ts'
import { preempt } from './preempt.ts'

const low = (name: string, on: string, cpu = '2', more: Partial<PodSpec> = {}, app = name): Pod =>
  testPod(name, requesting({ cpu }, { priority: 0, ...more }), {
    on,
    labels: { app },
    status: { startTime: `2026-01-01T10:00:0${name.length}Z` },
  })
const budget = (app: string, disruptionsAllowed: number) =>
  ({
    metadata: { name: app, namespace: 'default' },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed },
  }) as unknown as PodDisruptionBudget

/** `node: victims`, or the message. */
function outcome(spec: Partial<PodSpec>, pods: Pod[], budgets: PodDisruptionBudget[] = []): string {
  const cluster = testCluster([testNode('a'), testNode('b')], pods)
  const before = JSON.stringify(cluster.nodes.map(({ cpu, pods: { size } }) => [cpu, size]))
  const pod = podFacts(testPod('p', requesting({ cpu: '3' }, { priority: 100, ...spec })))
  const placement = placePod(pod, cluster, { percentageOfNodesToScore: 0, random: () => 0 })
  if (placement.kind === 'fits') throw new Error('it fits already')
  const { diagnosis, filters } = placement
  const result = preempt(pod, diagnosis, { cluster, filters, budgets })
  // Trying things out leaves no trace.
  expect(JSON.stringify(cluster.nodes.map(({ cpu, pods: { size } }) => [cpu, size]))).toBe(before)
  if (result.kind === 'none') return fitMessage(diagnosis, result.message)
  return `${result.candidate.node.name}: ${result.candidate.victims.map(({ pod }) => pod.metadata.name).join(' ')}`
}

describe('preemption', () => {
  it.each<[string, string, Partial<PodSpec>, Pod[], PodDisruptionBudget[]?]>([
    [
      'as few as possible',
      'a: x',
      {},
      [low('x', 'a', '3'), low('y', 'a', '1'), low('z', 'b', '4', { priority: 100 })],
    ],
    ['the node with fewer victims', 'b: z', {}, [low('x', 'a'), low('y', 'a'), low('z', 'b', '4')]],
    [
      'the node whose victims matter less',
      'a: x y',
      {},
      [low('x', 'a'), low('y', 'a'), low('z', 'b', '4', { priority: 1 })],
    ],
    [
      'not whom a budget keeps',
      'b: z',
      {},
      [low('x', 'a', '4'), low('z', 'b', '4', { priority: 9 })],
      [budget('x', 0)],
    ],
    [
      'whom a budget lets go',
      'a: x',
      {},
      [low('x', 'a', '4'), low('z', 'b', '4', { priority: 9 })],
      [budget('x', 1)],
    ],
    ['the one that started last', 'b: zzz', {}, [low('x', 'a', '4'), low('zzz', 'b', '4')]],
    [
      'nobody of lower priority',
      '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
      { priority: 0 },
      [low('x', 'a', '4'), low('z', 'b', '4')],
    ],
    [
      'where leaving does not help',
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
      { priority: 0, nodeSelector: { 'kubernetes.io/hostname': 'a' } },
      [low('x', 'a', '4')],
    ],
    [
      'a pod that may not',
      '0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
      { preemptionPolicy: 'Never' },
      [low('x', 'a', '4'), low('z', 'b', '4')],
    ],
  ])('%s', (_, expected, spec, pods, budgets) => expect(outcome(spec, pods, budgets)).toBe(expected))
})

it('keeps the room that was made for a pod from others of less priority', () => {
  const cluster = testCluster([testNode('a')])
  const waiting = podFacts(testPod('waiting', requesting({ cpu: '3' }, { priority: 10 })))
  cluster.nominate(waiting, 'a')
  const place = (priority: number) =>
    placePod(podFacts(testPod('p', requesting({ cpu: '2' }, { priority }))), cluster, {
      percentageOfNodesToScore: 0,
      random: () => 0,
    }).kind
  expect(place(5)).toBe('none')
  expect(place(20)).toBe('fits')
})
