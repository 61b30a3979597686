import { describe, expect, it } from 'vitest'
import type { DaemonSet } from '../../../kube/generated/apps-v1.ts'
import type { Node, Pod, PodSpec, Taint } from '../../../kube/generated/core-v1.ts'
import { meta, pod } from '../testing/objects.ts'
import { planNodes, planUpdate } from './daemon-plan.ts'
import { daemonSetStatus } from './daemon-set-status.ts'
import { viewNodes } from './daemon-view.ts'
import { daemonTolerations, pinnedTo, targetNode } from './placement.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const set = (
  rollingUpdate: { maxUnavailable?: number | string; maxSurge?: number | string } = {},
  spec: Partial<PodSpec> = {},
): DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: meta('agent'),
  spec: {
    selector: {},
    template: { spec: { containers: [], ...spec } },
    updateStrategy: {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1, maxSurge: 0, ...rollingUpdate },
    },
  },
})

const node = (name: string, ...taints: Taint[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: meta(name, { labels: { name } }),
  spec: { taints },
})

const daemon = (
  name: string,
  on: string,
  shape: { revision?: string; ready?: boolean; phase?: string; unscheduled?: boolean; gone?: boolean } = {},
): Pod => {
  const { revision = 'new', ready = true, phase = 'Running' } = shape
  const base = pod(name, {
    ready,
    phase,
    node: on,
    meta: {
      labels: { 'controller-revision-hash': revision },
      ...(shape.gone ? { deletionTimestamp: '2026-01-01T00:09:00Z' } : {}),
    },
  })
  return shape.unscheduled ? { ...base, spec: { ...pinnedTo(base.spec, on), nodeName: undefined } } : base
}

const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name)
const given = (backoffMs = 0) => ({ hash: 'new', now: NOW, backoffMs: () => backoffMs })
const old = { revision: 'old' }
const two = [node('a'), node('b')]

describe('planNodes', () => {
  const noSchedule = { key: 'special', effect: 'NoSchedule' }
  const noExecute = { key: 'special', effect: 'NoExecute' }
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }
  const table: [string, DaemonSet, Node[], Pod[], string[], string[]][] = [
    ['a pod for each node', set(), two, [], ['a', 'b'], []],
    ['only for the missing', set(), two, [daemon('x', 'a')], ['b'], []],
    ['not where the selector says no', set({}, { nodeSelector: { name: 'b' } }), two, [], ['b'], []],
    ['not on a tainted node', set(), [node('a', noSchedule)], [], [], []],
    ['a NoSchedule taint lets it stay', set(), [node('a', noSchedule)], [daemon('x', 'a')], [], []],
    ['a NoExecute taint does not', set(), [node('a', noExecute)], [daemon('x', 'a')], [], ['x']],
    ['a node that is not ready gets one', set(), [node('a', notReady)], [], ['a'], []],
    ['the younger of two goes', set(), [node('a')], [daemon('x', 'a'), daemon('y', 'a')], [], ['y']],
    ['a failed one goes', set(), [node('a')], [daemon('x', 'a', { phase: 'Failed' })], [], ['x']],
    [
      'a pod that waits for a node that is gone goes',
      set(),
      [],
      [daemon('x', 'a', { unscheduled: true })],
      [],
      ['x'],
    ],
    ['a pod on a node that is gone is left to others', set(), [], [daemon('x', 'a')], [], []],
    [
      'with surge old and new share a node until the new is available',
      set({ maxUnavailable: 0, maxSurge: 1 }),
      [node('a')],
      [daemon('x', 'a', old), daemon('y', 'a', { ready: false })],
      [],
      [],
    ],
    [
      'then the old goes',
      set({ maxUnavailable: 0, maxSurge: 1 }),
      [node('a')],
      [daemon('x', 'a', old), daemon('y', 'a')],
      [],
      ['x'],
    ],
  ]
  it.each(table)('%s', (_, of, nodes, pods, create, remove) => {
    const plan = planNodes(of, viewNodes(of, nodes, pods), given())
    expect([plan.create, names(plan.remove)]).toEqual([create, remove])
  })
  it('does not replace a failed pod before its back-off ends', () => {
    const pods = [daemon('x', 'a', { phase: 'Failed' })]
    expect(planNodes(set(), viewNodes(set(), [node('a')], pods), given(4000))).toEqual({
      create: [],
      remove: [],
      ended: [],
      recheckMs: 4000,
    })
  })
})

describe('planUpdate', () => {
  const table: [string, DaemonSet, Pod[], string[], string[]][] = [
    ['one at a time', set(), [daemon('x', 'a', old), daemon('y', 'b', old)], [], ['x']],
    [
      'half of them',
      set({ maxUnavailable: '100%' }),
      [daemon('x', 'a', old), daemon('y', 'b', old)],
      [],
      ['x', 'y'],
    ],
    [
      'not while a new one is not available',
      set(),
      [daemon('x', 'a', { ready: false }), daemon('y', 'b', old)],
      [],
      [],
    ],
    ['nor while a node has none', set(), [daemon('y', 'b', old)], [], []],
    [
      'a broken old one at once',
      set(),
      [daemon('x', 'a', { ...old, ready: false }), daemon('y', 'b', old)],
      [],
      ['x'],
    ],
    [
      'surge: beside the old',
      set({ maxUnavailable: 0, maxSurge: 1 }),
      [daemon('x', 'a', old), daemon('y', 'b', old)],
      ['a'],
      [],
    ],
    [
      'surge: waits for the first',
      set({ maxUnavailable: 0, maxSurge: 1 }),
      [daemon('x', 'a', old), daemon('z', 'a', { ready: false }), daemon('y', 'b', old)],
      [],
      [],
    ],
    [
      'surge: the old goes and the next starts',
      set({ maxUnavailable: 0, maxSurge: 1 }),
      [daemon('x', 'a', old), daemon('z', 'a'), daemon('y', 'b', old)],
      ['b'],
      ['x'],
    ],
    [
      'zero of both still moves on',
      set({ maxUnavailable: 0 }),
      [daemon('x', 'a', old), daemon('y', 'b', old)],
      [],
      ['x'],
    ],
  ]
  it.each(table)('%s', (_, of, pods, create, remove) => {
    const plan = planUpdate(of, viewNodes(of, two, pods), given())
    expect([plan.create, names(plan.remove)]).toEqual([create, remove])
  })
})

describe('placement', () => {
  it('adds the tolerations of daemons once, and the network one for the host network', () => {
    const first = daemonTolerations({ containers: [], tolerations: [{ key: 'own', operator: 'Exists' }] })
    expect(first.map(({ key }) => key?.replace('node.kubernetes.io/', ''))).toEqual([
      'own',
      'not-ready',
      'unreachable',
      'disk-pressure',
      'memory-pressure',
      'pid-pressure',
      'unschedulable',
    ])
    expect(daemonTolerations({ containers: [], tolerations: first })).toEqual(first)
    expect(daemonTolerations({ containers: [], hostNetwork: true })).toHaveLength(7)
  })
  it('pins a pod to its node and keeps other affinities', () => {
    const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [] }
    const spec = pinnedTo({ containers: [], affinity: { nodeAffinity: preferred } }, 'a')
    expect(spec.affinity?.nodeAffinity).toMatchObject(preferred)
    expect(targetNode({ ...pod('x'), spec })).toBe('a')
  })
})

describe('daemonSetStatus', () => {
  it('counts nodes', () => {
    const of = set({}, { nodeSelector: { name: 'a' } })
    const pods = [daemon('x', 'a', old), daemon('y', 'b')]
    const status = daemonSetStatus(of, viewNodes(of, two, pods), { hash: 'new', collisionCount: 0, now: NOW })
    expect(status).toEqual({
      currentNumberScheduled: 1,
      desiredNumberScheduled: 1,
      numberMisscheduled: 1,
      numberReady: 1,
      updatedNumberScheduled: 0,
      numberAvailable: 1,
      numberUnavailable: 0,
      observedGeneration: 1,
    })
  })
})
