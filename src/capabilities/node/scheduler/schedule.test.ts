import { describe, expect, it } from 'vitest'
import type { Node, Pod, PodSpec } from '../../../kube/generated/core-v1.ts'
import { schedule } from './schedule.ts'

// Only what the decision reads.
const podOf = (spec: Partial<PodSpec>) =>
  ({ metadata: { name: 'p' }, spec: { containers: [], ...spec } }) as unknown as Pod
const nodeOf = (name: string, spec: object = {}, labels: object = {}, ready = 'True') =>
  ({
    metadata: { name, labels },
    spec,
    status: { allocatable: { pods: '2' }, conditions: [{ type: 'Ready', status: ready }] },
  }) as unknown as Node

const affinity = (operator: string, values?: string[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'cpus', operator, ...(values ? { values } : {}) }] }],
      },
    },
  },
})
const tainted = nodeOf('n', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] })
const NO_MATCH = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."

describe('the scheduler', () => {
  it.each<[string, Partial<PodSpec>, Node[], string]>([
    ['any node', {}, [nodeOf('n')], 'n'],
    ['no nodes', {}, [], 'no nodes available to schedule pods'],
    [
      'a cordoned node',
      {},
      [nodeOf('n', { unschedulable: true })],
      '0/1 nodes are available: 1 node(s) were unschedulable.',
    ],
    [
      'a cordon that is tolerated',
      { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] },
      [nodeOf('n', { unschedulable: true })],
      'n',
    ],
    ['a selector that fits', { nodeSelector: { disk: 'ssd' } }, [nodeOf('n', {}, { disk: 'ssd' })], 'n'],
    ['one that does not', { nodeSelector: { disk: 'ssd' } }, [nodeOf('n')], NO_MATCH],
    ['a taint', {}, [tainted], '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}.'],
    ['a tolerated taint', { tolerations: [{ key: 'gpu', value: 'yes' }] }, [tainted], 'n'],
    [
      'a taint of another value',
      { tolerations: [{ key: 'gpu', value: 'no' }] },
      [tainted],
      '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}.',
    ],
    ['all tolerated', { tolerations: [{ operator: 'Exists' }] }, [tainted], 'n'],
    ['In', affinity('In', ['4', '8']), [nodeOf('n', {}, { cpus: '8' })], 'n'],
    ['NotIn', affinity('NotIn', ['8']), [nodeOf('n', {}, { cpus: '8' })], NO_MATCH],
    ['Exists', affinity('Exists'), [nodeOf('n')], NO_MATCH],
    ['DoesNotExist', affinity('DoesNotExist'), [nodeOf('n')], 'n'],
    ['Gt', affinity('Gt', ['4']), [nodeOf('n', {}, { cpus: '8' })], 'n'],
    ['Lt', affinity('Lt', ['4']), [nodeOf('n', {}, { cpus: '8' })], NO_MATCH],
    [
      'a node that is not ready',
      {},
      [nodeOf('n', {}, {}, 'False')],
      '0/1 nodes are available: 1 node(s) were not ready.',
    ],
    ['a full node', {}, [nodeOf('full')], '0/1 nodes are available: 1 Too many pods.'],
    ['the emptier of two', {}, [nodeOf('busy'), nodeOf('n')], 'n'],
    [
      'several reasons',
      { nodeSelector: { a: 'b' } },
      [nodeOf('x'), nodeOf('y', { unschedulable: true }), nodeOf('z')],
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector.",
    ],
  ])('%s', (_, spec, nodes, expected) => {
    const placement = schedule(podOf(spec), nodes, name => (name === 'full' ? 2 : name === 'busy' ? 1 : 0))
    expect(placement.kind === 'fits' ? placement.node : placement.message).toBe(expected)
  })
})
