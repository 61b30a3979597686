import { describe, expect, it } from 'vitest'
import type {
  ContainerPort,
  Node,
  NodeSelectorRequirement,
  Pod,
  PodAffinityTerm,
  PodSpec,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../../../kube/generated/core-v1.ts'
import { type Cluster, EMPTY_SURROUNDINGS } from '../cluster/cluster.ts'
import { podFacts } from '../cluster/pod-facts.ts'
import { placePod } from '../place-pod.ts'
import { requesting, testCluster, testNode, testPod } from '../testing.ts'

const namespaces: Record<string, Record<string, string>> = { default: { team: 'a' }, other: { team: 'b' } }
const surroundings = { ...EMPTY_SURROUNDINGS, namespaceLabels: (name: string) => namespaces[name] }

/** `ok`, or why the node is none, with `!` where evicting pods could not change it. The others are made full meanwhile. */
function verdictOn(pod: Pod, cluster: Cluster, name: string): string {
  const others = cluster.nodes.filter(node => node.name !== name)
  const capacities = others.map(node => node.podCapacity)
  for (const node of others) node.podCapacity = 0
  const placement = placePod(podFacts(pod), cluster, { percentageOfNodesToScore: 100, random: () => 0 })
  for (const [index, node] of others.entries()) node.podCapacity = capacities[index] ?? 0
  if (placement.kind === 'fits') return placement.node.name === name ? 'ok' : `on ${placement.node.name}`
  const { refusedAll, refusals } = placement.diagnosis
  if (refusedAll) return refusedAll.reason
  const refusal = refusals.get(name)
  return refusal ? `${refusal.helpedByPreemption ? '' : '!'}${refusal.reasons.join(', ')}` : 'not looked at'
}

/** What each of the nodes says. */
function verdicts(pod: Pod, nodes: readonly Node[], pods: readonly Pod[] = []): string[] {
  const cluster = testCluster(nodes, pods, surroundings)
  return nodes.map(({ metadata }) => verdictOn(pod, cluster, metadata.name))
}

const TAINTED = '!node(s) had untolerated taint(s)'

describe('TaintToleration', () => {
  const taint = (effect: string, value = 'v', key = 'k'): Taint => ({ key, value, effect })
  it.each<[string, Taint[], Toleration[], string]>([
    ['no taint', [], [], 'ok'],
    ['NoSchedule', [taint('NoSchedule')], [], TAINTED],
    ['NoExecute', [taint('NoExecute')], [], TAINTED],
    ['PreferNoSchedule keeps nobody away', [taint('PreferNoSchedule')], [], 'ok'],
    [
      'Equal',
      [taint('NoSchedule')],
      [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }],
      'ok',
    ],
    ['Equal is the default', [taint('NoSchedule')], [{ key: 'k', value: 'v' }], 'ok'],
    ['another value', [taint('NoSchedule')], [{ key: 'k', value: 'w' }], TAINTED],
    ['another key', [taint('NoSchedule')], [{ key: 'l', value: 'v' }], TAINTED],
    ['another effect', [taint('NoSchedule')], [{ key: 'k', value: 'v', effect: 'NoExecute' }], TAINTED],
    ['Exists', [taint('NoSchedule')], [{ key: 'k', operator: 'Exists' }], 'ok'],
    ['Exists for all keys', [taint('NoExecute', '', 'x')], [{ operator: 'Exists' }], 'ok'],
    [
      'Exists for all keys of one effect',
      [taint('NoExecute')],
      [{ operator: 'Exists', effect: 'NoSchedule' }],
      TAINTED,
    ],
    [
      'for a while is long enough',
      [taint('NoExecute')],
      [{ key: 'k', operator: 'Exists', tolerationSeconds: 0 }],
      'ok',
    ],
    [
      'one of two',
      [taint('NoSchedule'), taint('NoSchedule', 'v', 'l')],
      [{ key: 'k', operator: 'Exists' }],
      TAINTED,
    ],
    [
      'both of two',
      [taint('NoSchedule'), taint('NoExecute', 'v', 'l')],
      [
        { key: 'k', operator: 'Exists' },
        { key: 'l', value: 'v' },
      ],
      'ok',
    ],
    ['an empty value', [taint('NoSchedule', '')], [{ key: 'k' }], 'ok'],
  ])('%s', (_, taints, tolerations, expected) => {
    expect(verdicts(testPod('p', { tolerations }), [testNode('n', {}, { spec: { taints } })])).toEqual([
      expected,
    ])
  })
})

const NO_MATCH = "!node(s) didn't match Pod's node affinity/selector"

describe('NodeAffinity', () => {
  type Term = { matchExpressions?: NodeSelectorRequirement[]; matchFields?: NodeSelectorRequirement[] }
  const terms = (...nodeSelectorTerms: Term[]): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  })
  const has = (key: string, operator: string, ...values: string[]): NodeSelectorRequirement => ({
    key,
    operator,
    ...(values.length > 0 ? { values } : {}),
  })
  const is = (...matchExpressions: NodeSelectorRequirement[]): Partial<PodSpec> => terms({ matchExpressions })
  it.each<[string, Partial<PodSpec>, string]>([
    ['nodeSelector', { nodeSelector: { disk: 'ssd' } }, 'ok'],
    ['nodeSelector of another value', { nodeSelector: { disk: 'hdd' } }, NO_MATCH],
    ['nodeSelector of a label that is not there', { nodeSelector: { gpu: '' } }, NO_MATCH],
    ['all of nodeSelector', { nodeSelector: { disk: 'ssd', gpu: 'x' } }, NO_MATCH],
    ['In', is(has('disk', 'In', 'hdd', 'ssd')), 'ok'],
    ['NotIn', is(has('disk', 'NotIn', 'ssd')), NO_MATCH],
    ['NotIn where there is no label', is(has('gpu', 'NotIn', 'x')), 'ok'],
    ['Exists', is(has('disk', 'Exists')), 'ok'],
    ['DoesNotExist', is(has('disk', 'DoesNotExist')), NO_MATCH],
    ['Gt', is(has('cores', 'Gt', '7')), 'ok'],
    ['Gt is not or equal', is(has('cores', 'Gt', '8')), NO_MATCH],
    ['Lt', is(has('cores', 'Lt', '9')), 'ok'],
    ['Gt of what is no number', is(has('disk', 'Gt', '1')), NO_MATCH],
    ['expressions of a term: all', is(has('disk', 'Exists'), has('gpu', 'Exists')), NO_MATCH],
    [
      'terms: one of them',
      terms({ matchExpressions: [has('gpu', 'Exists')] }, { matchExpressions: [has('disk', 'Exists')] }),
      'ok',
    ],
    ['an empty term matches nothing', terms({}), NO_MATCH],
    ['an empty term beside another', terms({}, { matchExpressions: [has('disk', 'Exists')] }), 'ok'],
    ['a field', terms({ matchFields: [has('metadata.name', 'In', 'n')] }), 'ok'],
    ['not a field', terms({ matchFields: [has('metadata.name', 'NotIn', 'n')] }), NO_MATCH],
    [
      'a field and a label',
      terms({ matchFields: [has('metadata.name', 'In', 'n')], matchExpressions: [has('gpu', 'Exists')] }),
      NO_MATCH,
    ],
    [
      'fields that contradict one another',
      terms({ matchFields: [has('metadata.name', 'In', 'n'), has('metadata.name', 'In', 'm')] }),
      'pod affinity terms conflict',
    ],
    [
      'a selector and affinity: both',
      { nodeSelector: { disk: 'hdd' }, ...is(has('disk', 'Exists')) },
      NO_MATCH,
    ],
    [
      'preferences keep nobody away',
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [has('gpu', 'Exists')] } },
            ],
          },
        },
      },
      'ok',
    ],
  ])('%s', (_, spec, expected) => {
    expect(verdicts(testPod('p', spec), [testNode('n', { disk: 'ssd', cores: '8' })])).toEqual([expected])
  })
})

describe('NodePorts', () => {
  const TAKEN = "node(s) didn't have free ports for the requested pod ports"
  const on = (...ports: Partial<ContainerPort>[]): Partial<PodSpec> => ({
    containers: [{ name: 'c', image: 'c', ports: ports.map(port => ({ containerPort: 80, ...port })) }],
  })
  it.each<[string, Partial<PodSpec>, Partial<PodSpec>, string]>([
    ['no host port', on({}), on({}), 'ok'],
    ['the same', on({ hostPort: 80 }), on({ hostPort: 80 }), TAKEN],
    ['another', on({ hostPort: 81 }), on({ hostPort: 80 }), 'ok'],
    ['another protocol', on({ hostPort: 80, protocol: 'UDP' }), on({ hostPort: 80 }), 'ok'],
    ['TCP is the default', on({ hostPort: 80, protocol: 'TCP' }), on({ hostPort: 80 }), TAKEN],
    [
      'another address',
      on({ hostPort: 80, hostIP: '1.1.1.1' }),
      on({ hostPort: 80, hostIP: '1.1.1.2' }),
      'ok',
    ],
    [
      'the same address',
      on({ hostPort: 80, hostIP: '1.1.1.1' }),
      on({ hostPort: 80, hostIP: '1.1.1.1' }),
      TAKEN,
    ],
    ['all addresses against one', on({ hostPort: 80 }), on({ hostPort: 80, hostIP: '1.1.1.1' }), TAKEN],
    [
      'one address against all',
      on({ hostPort: 80, hostIP: '1.1.1.1' }),
      on({ hostPort: 80, hostIP: '0.0.0.0' }),
      TAKEN,
    ],
    ['one of several', on({ hostPort: 79 }, { hostPort: 80 }), on({ hostPort: 81 }, { hostPort: 80 }), TAKEN],
    [
      'of a sidecar',
      {
        containers: [],
        initContainers: [
          { name: 's', image: 's', restartPolicy: 'Always', ports: [{ containerPort: 1, hostPort: 80 }] },
        ],
      },
      on({ hostPort: 80 }),
      TAKEN,
    ],
    [
      'of an init container, which has ended',
      {
        containers: [],
        initContainers: [{ name: 's', image: 's', ports: [{ containerPort: 1, hostPort: 80 }] }],
      },
      on({ hostPort: 80 }),
      'ok',
    ],
  ])('%s', (_, spec, other, expected) => {
    expect(verdicts(testPod('p', spec), [testNode('n')], [testPod('x', other, { on: 'n' })])).toEqual([
      expected,
    ])
  })
})

describe('NodeResourcesFit', () => {
  const uses = (cpu: string, memory: string) => requesting({ cpu, memory })
  it.each<[string, Partial<PodSpec>, Partial<PodSpec>, string]>([
    ['all that is left', uses('3', '7Gi'), uses('1', '1Gi'), 'ok'],
    ['a little more', uses('3001m', '7Gi'), uses('1', '1Gi'), 'Insufficient cpu'],
    ['memory', uses('1', '7169Mi'), uses('1', '1Gi'), 'Insufficient memory'],
    ['more than the node has', uses('5', '1Gi'), uses('1', '1Gi'), '!Insufficient cpu'],
    ['nothing, on a node that is used up', {}, uses('4', '8Gi'), 'ok'],
    ['of memory only, where the CPU is used up', requesting({ memory: '1Gi' }), uses('4', '1Gi'), 'ok'],
    ['what nobody has', requesting({ 'example.com/a': '1' }), {}, '!Insufficient example.com/a'],
    ['nothing of what nobody has', requesting({ 'example.com/a': '0' }), {}, 'ok'],
    [
      'storage',
      requesting({ 'ephemeral-storage': '2Gi' }),
      requesting({ 'ephemeral-storage': '9Gi' }),
      'Insufficient ephemeral-storage',
    ],
    [
      'huge pages',
      requesting({ 'hugepages-2Mi': '6Mi' }),
      requesting({ 'hugepages-2Mi': '4Mi' }),
      'Insufficient hugepages-2Mi',
    ],
    [
      'the largest init container',
      {
        ...uses('1', '1Gi'),
        initContainers: [{ name: 'i', image: 'i', resources: { requests: { cpu: '3500m' } } }],
      },
      uses('1', '1Gi'),
      'Insufficient cpu',
    ],
    ['overhead', { ...uses('3', '1Gi'), overhead: { cpu: '1m' } }, uses('1', '1Gi'), 'Insufficient cpu'],
  ])('%s', (_, spec, other, expected) => {
    const node = testNode('n', {}, { allocatable: { 'ephemeral-storage': '10Gi', 'hugepages-2Mi': '8Mi' } })
    expect(verdicts(testPod('p', spec), [node], [testPod('x', other, { on: 'n' })])).toEqual([expected])
  })
})

describe('PodTopologySpread', () => {
  const UNEVEN = "node(s) didn't match pod topology spread constraints"
  const LACKING = `!${UNEVEN} (missing required label)`
  const zoned = (name: string, zone: string, taints: Taint[] = []) =>
    testNode(name, { zone }, { spec: { taints } })
  const [a, b, c, x] = [zoned('a', '1'), zoned('b', '1'), zoned('c', '2'), testNode('x')]
  const spread = (more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'web' } },
    ...more,
  })
  const web = (name: string, on: string, more: object = {}) =>
    testPod(name, {}, { on, labels: { app: 'web' }, ...more })
  const leaving = (name: string, on: string): Pod => {
    const pod = web(name, on)
    return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  }
  const tainted = zoned('c', '2', [{ key: 'k', effect: 'NoSchedule' }])
  const tolerant = { tolerations: [{ operator: 'Exists' }] }
  it.each<[string, TopologySpreadConstraint[], Node[], Pod[], string[], Partial<PodSpec>?]>([
    ['nobody yet', [spread()], [a, c], [], ['ok', 'ok']],
    ['one in a zone', [spread()], [a, b, c], [web('1', 'a')], [UNEVEN, UNEVEN, 'ok']],
    ['a skew of two', [spread({ maxSkew: 2 })], [a, c], [web('1', 'a')], ['ok', 'ok']],
    ['as many everywhere', [spread()], [a, c], [web('1', 'a'), web('2', 'c')], ['ok', 'ok']],
    [
      'ScheduleAnyway keeps nobody away',
      [spread({ whenUnsatisfiable: 'ScheduleAnyway' })],
      [a, c],
      [web('1', 'a')],
      ['ok', 'ok'],
    ],
    ['no label', [spread()], [a, x], [], ['ok', LACKING]],
    [
      'a pod on a node without label does not count',
      [spread()],
      [a, c, x],
      [web('1', 'x')],
      ['ok', 'ok', LACKING],
    ],
    [
      'pods of another namespace do not count',
      [spread()],
      [a, c],
      [web('1', 'a', { namespace: 'other' })],
      ['ok', 'ok'],
    ],
    ['pods that leave do not count', [spread()], [a, c], [leaving('1', 'a')], ['ok', 'ok']],
    [
      'pods that are not selected do not count',
      [spread()],
      [a, c],
      [testPod('1', {}, { on: 'a' })],
      ['ok', 'ok'],
    ],
    [
      'no selector selects none',
      [spread({ labelSelector: undefined })],
      [a, c],
      [web('1', 'a')],
      ['ok', 'ok'],
    ],
    [
      'an empty one selects all',
      [spread({ labelSelector: {} })],
      [a, c],
      [testPod('1', {}, { on: 'a' })],
      [UNEVEN, 'ok'],
    ],
    [
      'a pod that does not select itself may join',
      [spread({ labelSelector: { matchLabels: { app: 'db' } } })],
      [a, c],
      [testPod('1', {}, { on: 'a', labels: { app: 'db' } })],
      ['ok', 'ok'],
    ],
    [
      'not where two are ahead',
      [spread({ labelSelector: { matchLabels: { app: 'db' } } })],
      [a, c],
      ['1', '2'].map(name => testPod(name, {}, { on: 'a', labels: { app: 'db' } })),
      [UNEVEN, 'ok'],
    ],
    [
      'fewer domains than minDomains: the emptiest counts as none',
      [spread({ minDomains: 3 })],
      [a, c],
      [web('1', 'a'), web('2', 'c')],
      [UNEVEN, UNEVEN],
    ],
    [
      'as many domains as minDomains',
      [spread({ minDomains: 2 })],
      [a, c],
      [web('1', 'a'), web('2', 'c')],
      ['ok', 'ok'],
    ],
    [
      'by host',
      [spread({ topologyKey: 'kubernetes.io/hostname' })],
      [a, b, c],
      [web('1', 'a')],
      [UNEVEN, 'ok', 'ok'],
    ],
    [
      'two constraints: both',
      [spread(), spread({ topologyKey: 'kubernetes.io/hostname' })],
      [a, b, c],
      [web('1', 'a'), web('2', 'c')],
      [UNEVEN, 'ok', UNEVEN],
    ],
    [
      'two constraints that cannot both be met',
      [spread(), spread({ topologyKey: 'kubernetes.io/hostname' })],
      [a, c],
      [web('1', 'a'), web('2', 'c'), web('3', 'a')],
      [UNEVEN, 'ok'],
    ],
    [
      'a node in the domains of all constraints only counts',
      [spread(), spread({ topologyKey: 'rack' })],
      [a, testNode('r', { zone: '2', rack: '1' })],
      [web('1', 'r')],
      [LACKING, 'ok'],
    ],
    [
      'nodes that the selector leaves out do not count',
      [spread()],
      [a, c],
      [web('1', 'a')],
      ['ok', NO_MATCH],
      { nodeSelector: { zone: '1' } },
    ],
    [
      'they do with nodeAffinityPolicy Ignore',
      [spread({ nodeAffinityPolicy: 'Ignore' })],
      [a, c],
      [web('1', 'a')],
      [UNEVEN, NO_MATCH],
      { nodeSelector: { zone: '1' } },
    ],
    ['tainted nodes count', [spread()], [a, tainted], [web('1', 'a')], [UNEVEN, TAINTED]],
    [
      'they do not with nodeTaintsPolicy Honor',
      [spread({ nodeTaintsPolicy: 'Honor' })],
      [a, tainted],
      [web('1', 'a')],
      ['ok', TAINTED],
    ],
    [
      'those that are tolerated do',
      [spread({ nodeTaintsPolicy: 'Honor' })],
      [a, tainted],
      [web('1', 'a')],
      [UNEVEN, 'ok'],
      tolerant,
    ],
    [
      'matchLabelKeys stand in the selector when the API has stored the pod',
      [
        spread({
          matchLabelKeys: ['v'],
          labelSelector: {
            matchLabels: { app: 'web' },
            matchExpressions: [{ key: 'v', operator: 'In', values: ['2'] }],
          },
        }),
      ],
      [a, c],
      [web('1', 'a')],
      ['ok', 'ok'],
    ],
  ])('%s', (_, topologySpreadConstraints, nodes, pods, expected, more = {}) => {
    const pod = testPod('p', { topologySpreadConstraints, ...more }, { labels: { app: 'web', v: '2' } })
    expect(verdicts(pod, nodes, pods)).toEqual(expected)
  })
})

describe('InterPodAffinity', () => {
  const ALONE = "!node(s) didn't match pod affinity rules"
  const NEAR = "node(s) didn't match pod anti-affinity rules"
  const REFUSED = "node(s) didn't satisfy existing pods anti-affinity rules"
  const nodes = [
    testNode('a', { zone: '1' }),
    testNode('b', { zone: '1' }),
    testNode('c', { zone: '2' }),
    testNode('x'),
  ]
  const term = (app: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
    topologyKey: 'zone',
    labelSelector: { matchLabels: { app } },
    ...more,
  })
  const near = (...terms: PodAffinityTerm[]): Partial<PodSpec> => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  })
  const far = (...terms: PodAffinityTerm[]): Partial<PodSpec> => ({
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  })
  const of = (app: string, on: string, spec: Partial<PodSpec> = {}, namespace = 'default') =>
    testPod(`${app}-${on}`, spec, { on, labels: { app }, namespace })
  const host = { topologyKey: 'kubernetes.io/hostname' }
  it.each<[string, Partial<PodSpec>, Pod[], string[]]>([
    ['no wish', {}, [of('db', 'a')], ['ok', 'ok', 'ok', 'ok']],
    ['near', near(term('db')), [of('db', 'a')], ['ok', 'ok', ALONE, ALONE]],
    ['near by host', near(term('db', host)), [of('db', 'a')], ['ok', ALONE, ALONE, ALONE]],
    ['near nobody', near(term('db')), [], [ALONE, ALONE, ALONE, ALONE]],
    ['near itself, the first', near(term('web')), [], ['ok', 'ok', 'ok', ALONE]],
    ['near itself, the second', near(term('web')), [of('web', 'c')], [ALONE, ALONE, 'ok', ALONE]],
    [
      'near two: in one domain',
      near(term('db'), term('cache')),
      [of('db', 'a'), of('cache', 'b')],
      [ALONE, ALONE, ALONE, ALONE],
    ],
    [
      'near one that matches both',
      near(term('db'), {
        topologyKey: 'zone',
        labelSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      }),
      [of('db', 'a')],
      ['ok', 'ok', ALONE, ALONE],
    ],
    [
      'near those of another namespace',
      near(term('db', { namespaces: ['other'] })),
      [of('db', 'a', {}, 'other')],
      ['ok', 'ok', ALONE, ALONE],
    ],
    [
      'not near those of another namespace',
      near(term('db')),
      [of('db', 'a', {}, 'other')],
      [ALONE, ALONE, ALONE, ALONE],
    ],
    [
      'near those of a selected namespace',
      near(term('db', { namespaceSelector: { matchLabels: { team: 'b' } } })),
      [of('db', 'a', {}, 'other')],
      ['ok', 'ok', ALONE, ALONE],
    ],
    [
      'near those of any namespace',
      near(term('db', { namespaceSelector: {} })),
      [of('db', 'c', {}, 'other')],
      [ALONE, ALONE, 'ok', ALONE],
    ],
    [
      'named and selected namespaces: both',
      near(term('db', { namespaces: ['default'], namespaceSelector: { matchLabels: { team: 'b' } } })),
      [of('db', 'a'), of('db', 'c', {}, 'other')],
      ['ok', 'ok', 'ok', ALONE],
    ],
    [
      'no selector matches nobody',
      near({ topologyKey: 'zone' }),
      [of('db', 'a')],
      [ALONE, ALONE, ALONE, ALONE],
    ],
    ['far', far(term('db')), [of('db', 'a')], [NEAR, NEAR, 'ok', 'ok']],
    ['far by host', far(term('db', host)), [of('db', 'a')], [NEAR, 'ok', 'ok', 'ok']],
    ['far from itself, the first', far(term('web')), [], ['ok', 'ok', 'ok', 'ok']],
    [
      'far from both of two',
      far(term('db'), term('cache')),
      [of('db', 'a'), of('cache', 'c')],
      [NEAR, NEAR, NEAR, 'ok'],
    ],
    [
      'far from those of another namespace',
      far(term('db', { namespaces: ['other'] })),
      [of('db', 'a')],
      ['ok', 'ok', 'ok', 'ok'],
    ],
    [
      'near one, far from another',
      { affinity: { ...near(term('db')).affinity, ...far(term('cache', host)).affinity } },
      [of('db', 'a'), of('cache', 'a')],
      [NEAR, 'ok', ALONE, ALONE],
    ],
    [
      'refused by those that are there',
      {},
      [of('db', 'a', far(term('web')))],
      [REFUSED, REFUSED, 'ok', 'ok'],
    ],
    ['not by those who refuse others', {}, [of('db', 'a', far(term('cache')))], ['ok', 'ok', 'ok', 'ok']],
    [
      'not by those of another namespace',
      {},
      [of('db', 'a', far(term('web')), 'other')],
      ['ok', 'ok', 'ok', 'ok'],
    ],
    [
      'by those who look into all namespaces',
      {},
      [of('db', 'a', far(term('web', { namespaceSelector: {} })), 'other')],
      [REFUSED, REFUSED, 'ok', 'ok'],
    ],
    [
      'mismatchLabelKeys stand in the selector when the API has stored the pod',
      far(
        term('db', {
          mismatchLabelKeys: ['t'],
          labelSelector: {
            matchLabels: { app: 'db' },
            matchExpressions: [{ key: 't', operator: 'NotIn', values: ['1'] }],
          },
        }),
      ),
      [of('db', 'a')],
      [NEAR, NEAR, 'ok', 'ok'],
    ],
  ])('%s', (_, spec, pods, expected) => {
    const pod = testPod('p', spec, { labels: { app: 'web', t: '1' } })
    expect(verdicts(pod, nodes, pods)).toEqual(expected)
  })
})
