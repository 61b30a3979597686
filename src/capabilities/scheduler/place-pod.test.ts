import { describe, expect, it } from 'vitest'
import type { Node, Pod, PodSpec, TopologySpreadConstraint } from '../../kube/generated/core-v1.ts'
import { EMPTY_SURROUNDINGS } from './cluster/cluster.ts'
import { NO_STORAGE } from './cluster/storage.ts'
import { enoughNodes } from './place-pod.ts'
import { placed, requesting, testCluster, testNode, testPod } from './testing.ts'

const expression = (operator: string, values?: string[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'cpus', operator, ...(values ? { values } : {}) }] }],
      },
    },
  },
})
const named = (...values: string[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values }] }],
      },
    },
  },
})
const together = (side: 'podAffinity' | 'podAntiAffinity', app: string, more: object = {}) => ({
  affinity: {
    [side]: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'zone', labelSelector: { matchLabels: { app } }, ...more },
      ],
    },
  },
})
const spread = (more: Partial<TopologySpreadConstraint> = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
      ...more,
    },
  ],
})
const port = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({
  containers: [{ name: 'c', image: 'c', ports: [{ containerPort: 80, hostPort, hostIP }] }],
})
const tainted = testNode('n', {}, { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })
const zones = [testNode('a', { zone: '1' }), testNode('b', { zone: '2' }), testNode('c')]
const web = (name: string, on: string) => testPod(name, {}, { on, labels: { app: 'web' } })
const NO_MATCH = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
const NO_TAINT = '0/1 nodes are available: 1 node(s) had untolerated taint(s).'

type Row = [what: string, pod: Partial<PodSpec>, nodes: Node[], expected: string, pods?: Pod[]]

const rows: Row[] = [
  ['any node', {}, [testNode('n')], 'n'],
  ['no nodes', {}, [], 'no nodes available to schedule pods'],
  [
    'cordoned',
    {},
    [testNode('n', {}, { spec: { unschedulable: true } })],
    '0/1 nodes are available: 1 node(s) were unschedulable.',
  ],
  [
    'a cordon that is tolerated',
    { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] },
    [testNode('n', {}, { spec: { unschedulable: true } })],
    'n',
  ],
  ['a taint', {}, [tainted], NO_TAINT],
  ['a tolerated taint', { tolerations: [{ key: 'gpu', value: 'yes' }] }, [tainted], 'n'],
  ['a taint of another value', { tolerations: [{ key: 'gpu', value: 'no' }] }, [tainted], NO_TAINT],
  ['all tolerated', { tolerations: [{ operator: 'Exists' }] }, [tainted], 'n'],
  ['a selector that fits', { nodeSelector: { disk: 'ssd' } }, [testNode('n', { disk: 'ssd' })], 'n'],
  ['one that does not', { nodeSelector: { disk: 'ssd' } }, [testNode('n')], NO_MATCH],
  ['In', expression('In', ['4', '8']), [testNode('n', { cpus: '8' })], 'n'],
  ['NotIn', expression('NotIn', ['8']), [testNode('n', { cpus: '8' })], NO_MATCH],
  ['Exists', expression('Exists'), [testNode('n')], NO_MATCH],
  ['DoesNotExist', expression('DoesNotExist'), [testNode('n')], 'n'],
  ['Gt', expression('Gt', ['4']), [testNode('n', { cpus: '8' })], 'n'],
  ['Lt', expression('Lt', ['4']), [testNode('n', { cpus: '8' })], NO_MATCH],
  ['a node by name', named('b'), [testNode('a'), testNode('b')], 'b'],
  [
    'a cordoned node by name',
    named('b'),
    [testNode('a'), testNode('b', {}, { spec: { unschedulable: true } })],
    "0/2 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity], 1 node(s) were unschedulable.",
  ],
  ['a free port', port(80), [testNode('n')], 'n', [testPod('x', port(81), { on: 'n' })]],
  [
    'a taken port',
    port(80),
    [testNode('n')],
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    [testPod('x', port(80, '10.0.0.1'), { on: 'n' })],
  ],
  [
    'a port of another address',
    port(80, '10.0.0.2'),
    [testNode('n')],
    'n',
    [testPod('x', port(80, '10.0.0.1'), { on: 'n' })],
  ],
  [
    'too little of several things',
    requesting({ cpu: '3', memory: '9Gi', 'example.com/gpu': '1' }),
    [testNode('n')],
    '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/gpu, 1 Insufficient memory.',
    [testPod('x', requesting({ cpu: '1500m' }), { on: 'n' })],
  ],
  [
    'an extended resource',
    requesting({ 'example.com/gpu': '1' }),
    [testNode('n', {}, { allocatable: { 'example.com/gpu': '1' } })],
    'n',
  ],
  [
    'init containers need it one after the other, sidecars all the time',
    {
      containers: [{ name: 'c', image: 'c', resources: { requests: { cpu: '1' } } }],
      initContainers: [
        { name: 's', image: 's', restartPolicy: 'Always', resources: { requests: { cpu: '2' } } },
        { name: 'i', image: 'i', resources: { requests: { cpu: '3' } } },
      ],
    },
    [testNode('n')],
    '0/1 nodes are available: 1 Insufficient cpu.',
  ],
  [
    'overhead counts',
    requesting({ cpu: '4' }, { overhead: { cpu: '1m' } }),
    [testNode('n')],
    '0/1 nodes are available: 1 Insufficient cpu.',
  ],
  [
    'resources of the pod as a whole',
    requesting({ cpu: '1' }, { resources: { requests: { cpu: '5' } } }),
    [testNode('n')],
    '0/1 nodes are available: 1 Insufficient cpu.',
  ],
  [
    'a full node',
    {},
    [testNode('n', {}, { allocatable: { pods: '1' } })],
    '0/1 nodes are available: 1 Too many pods.',
    [testPod('x', {}, { on: 'n' })],
  ],
  [
    'the emptier of two',
    requesting({ cpu: '1' }),
    [testNode('a'), testNode('b')],
    'b',
    [testPod('x', requesting({ cpu: '1' }), { on: 'a' })],
  ],
  [
    'a node without a soft taint',
    {},
    [testNode('a', {}, { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } }), testNode('b')],
    'b',
  ],
  [
    'a preferred node',
    {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 5, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['2'] }] } },
          ],
        },
      },
    },
    zones,
    'b',
  ],
  [
    'a node that has the image',
    { containers: [{ name: 'c', image: 'big' }] },
    [
      testNode('a'),
      testNode('b', {}, { status: { images: [{ names: ['big:latest'], sizeBytes: 900_000_000 }] } }),
    ],
    'b',
  ],
  ['near others', together('podAffinity', 'web'), zones, 'b', [web('w', 'b')]],
  [
    'near others that are not there',
    together('podAffinity', 'web'),
    zones,
    "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
  ],
  ['the first of a group', together('podAffinity', 'self'), zones.slice(0, 1), 'a'],
  ['away from others', together('podAntiAffinity', 'web'), zones.slice(0, 2), 'b', [web('w', 'a')]],
  [
    'away from all others',
    together('podAntiAffinity', 'web'),
    zones.slice(0, 1),
    "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.",
    [web('w', 'a')],
  ],
  [
    'others of another namespace do not count',
    together('podAntiAffinity', 'web', { namespaces: ['x'] }),
    zones.slice(0, 1),
    'a',
    [web('w', 'a')],
  ],
  [
    'a namespaceSelector finds them',
    together('podAntiAffinity', 'web', { namespaceSelector: { matchLabels: { team: 'blue' } } }),
    zones.slice(0, 1),
    "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.",
    [web('w', 'a')],
  ],
  [
    'refused by those that are there',
    {},
    zones.slice(0, 1),
    "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
    [testPod('w', together('podAntiAffinity', 'self'), { on: 'a' })],
  ],
  [
    'spread',
    spread({ labelSelector: { matchLabels: { app: 'self' } } }),
    zones.slice(0, 2),
    'b',
    [testPod('1', {}, { on: 'a', labels: { app: 'self' } })],
  ],
  [
    'spread over a node without the label',
    spread({ labelSelector: { matchLabels: { app: 'self' } }, minDomains: 3 }),
    zones,
    "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label), 2 node(s) didn't match pod topology spread constraints.",
    // There are two domains of three, so that the emptiest counts as 0.
    [
      testPod('1', {}, { on: 'a', labels: { app: 'self' } }),
      testPod('2', {}, { on: 'b', labels: { app: 'self' } }),
    ],
  ],
  ['soft spread', spread({ whenUnsatisfiable: 'ScheduleAnyway' }), zones.slice(0, 2), 'b', [web('w', 'a')]],
  [
    'several reasons',
    { nodeSelector: { a: 'b' } },
    [testNode('x'), testNode('y', {}, { spec: { unschedulable: true } }), testNode('z')],
    "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector.",
  ],
]

const surroundings = {
  ...EMPTY_SURROUNDINGS,
  namespaceLabels: (name: string) => (name === 'default' ? { team: 'blue' } : undefined),
}

describe('placing a pod', () => {
  it.each(rows)('%s', (_, spec, nodes, expected, pods = []) => {
    const pod = testPod('p', spec, { labels: { app: 'self' } })
    expect(placed(pod, testCluster(nodes, pods, surroundings))).toBe(expected)
  })

  it('counts only what is there', () => {
    const cluster = testCluster([testNode('n', {}, { allocatable: { pods: '1' } })])
    const first = testPod('first', {}, { on: 'n' })
    cluster.setPod(first)
    expect(placed(testPod('p'), cluster)).toMatch('Too many pods')
    cluster.removePod(first.metadata.uid)
    expect(placed(testPod('p'), cluster)).toBe('n')
  })
})

it('looks at a share of many nodes, and at all of few', () => {
  expect(enoughNodes(50, 0)).toBe(50)
  expect(enoughNodes(1000, 0)).toBe(420)
  expect(enoughNodes(6000, 0)).toBe(300)
  expect(enoughNodes(1000, 70)).toBe(700)
})

describe('volumes', () => {
  const withClaim: Partial<PodSpec> = {
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
  }
  const claim = (spec: object, status: object = {}) => ({ metadata: { name: 'data' }, spec, status })
  const volume = (name: string, zone: string, spec: object = {}) => ({
    metadata: { name },
    spec: {
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: [zone] }] }],
        },
      },
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      ...spec,
    },
  })
  const late = { provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' }
  const bound = claim({ volumeName: 'pv' }, { phase: 'Bound' })
  const waits = claim({ storageClassName: 'late', accessModes: ['ReadWriteOnce'] })
  it.each<[string, { claim?: object; pv?: object; storageClass?: object; free?: object[] }, string]>([
    ['no claim', {}, '0/3 nodes are available: persistentvolumeclaim "data" not found.'],
    [
      'unbound',
      { claim: claim({}) },
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
    ],
    ['bound in a zone', { claim: bound, pv: volume('pv', '2') }, 'b'],
    [
      'bound in a zone that is not there',
      { claim: bound, pv: volume('pv', '9') },
      "0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity.",
    ],
    ['waiting, with a volume', { claim: waits, storageClass: late, free: [volume('pv', '2')] }, 'b'],
    [
      'waiting, without one',
      { claim: waits, storageClass: late },
      "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
    ],
    ['waiting for a provisioner', { claim: waits, storageClass: { ...late, provisioner: 'x' } }, 'a'],
  ])('%s', (_, { claim: found, pv, storageClass, free = [] }, expected) => {
    // Only what the filters read.
    const storage = {
      ...NO_STORAGE,
      claim: () => found,
      volume: () => pv,
      storageClass: () => storageClass,
      freeVolumes: () => free,
    } as unknown as typeof NO_STORAGE
    const cluster = testCluster(zones, [], { ...EMPTY_SURROUNDINGS, storage })
    expect(placed(testPod('p', withClaim), cluster)).toBe(expected)
  })
})
