import { describe, expect, it } from 'vitest'
import { requesting, testCluster, testNode, testPod } from '../testing.ts'
import { podFacts } from './pod-facts.ts'

const selector = {
  key: 'app=web',
  matches: (labels: Readonly<Record<string, string>>) => labels['app'] === 'web',
}
const web = (name: string, on?: string) =>
  testPod(name, requesting({ cpu: '1', memory: '1Gi', 'example.com/gpu': '1' }), {
    labels: { app: 'web' },
    ...(on ? { on } : {}),
  })

describe('the cluster', () => {
  it('adds up the pods of a node, and is as before when they have gone', () => {
    const cluster = testCluster([testNode('a')])
    const node = cluster.nodes[0]
    const before = { cpu: 0, memory: 0, scoredCpu: 0, scoredMemory: 0 }
    expect(node).toMatchObject(before)
    cluster.setPod(web('x', 'a'))
    cluster.setPod(web('y', 'a'))
    expect(node).toMatchObject({ cpu: 2000, memory: 2 * 1024 ** 3 })
    expect(node?.others.get('example.com/gpu')).toBe(2)
    for (const name of ['x', 'y']) cluster.removePod(`default-${name}`)
    expect(node).toMatchObject(before)
    expect(node?.others.get('example.com/gpu')).toBe(0)
  })

  it('counts a pod once, whether it is assumed, shown, or shown again', () => {
    const cluster = testCluster([testNode('a'), testNode('b')])
    const [a, b] = cluster.nodes
    const counts = cluster.counts('default', selector)
    const pod = podFacts(web('x'))
    if (a) cluster.assume(pod, a)
    expect([a?.pods.size, b?.pods.size, counts.get('a')]).toEqual([1, 0, 1])
    cluster.setPod(web('x', 'a'))
    // What is shown is not taken back.
    cluster.forget(pod)
    expect([a?.pods.size, counts.get('a')]).toEqual([1, 1])
    // It was bound elsewhere by somebody else.
    cluster.setPod(web('x', 'b'))
    expect([a?.pods.size, b?.pods.size, counts.get('a'), counts.get('b')]).toEqual([0, 1, undefined, 1])
  })

  it('takes an assumption back', () => {
    const cluster = testCluster([testNode('a')])
    const [a] = cluster.nodes
    const pod = podFacts(web('x'))
    if (a) cluster.assume(pod, a)
    cluster.forget(pod)
    expect([a?.pods.size, a?.cpu, cluster.isPlaced(pod.uid)]).toEqual([0, 0, false])
  })

  it('keeps the pods of a node that comes later, and lists nodes by zone in turn', () => {
    const cluster = testCluster([], [web('x', 'late')])
    expect(cluster.nodes).toEqual([])
    for (const [name, zone] of [
      ['late', '1'],
      ['b', '1'],
      ['c', '2'],
    ] as const)
      cluster.setNode(testNode(name, { 'topology.kubernetes.io/zone': zone }))
    expect(cluster.nodes.map(({ name }) => name)).toEqual(['late', 'c', 'b'])
    expect(cluster.node('late')?.cpu).toBe(1000)
    cluster.removeNode('late')
    expect(cluster.nodes.map(({ name }) => name)).toEqual(['b', 'c'])
  })
})
