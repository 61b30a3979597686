import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestKernel, type TestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { Event, Node, Pod, type PodSpec } from '../../kube/generated/core-v1.ts'
import { PriorityClass } from '../../kube/generated/scheduling-v1.ts'
import { scheduler } from './index.ts'
import { requesting } from './testing.ts'

let stack: TestKernel
beforeAll(async () => {
  stack = await startTestKernel({ capabilities: [scheduler] })
})
afterAll(() => stack[Symbol.asyncDispose]())

const namespace = 'default'
const client = () => stack.kernel.client
const container = { name: 'c', image: 'c' }

async function createNode(name: string, allocatable: object): Promise<void> {
  await client().create(Node, { metadata: { name, labels: { pool: name } }, spec: {} })
  const status = { allocatable: { cpu: '4', memory: '8Gi', pods: '10', ...allocatable } }
  await client().patch(Node, { name }, { status }, { subresource: 'status' })
  // Registered nodes lose the taint that admission gives new ones.
  await client().patch(Node, { name }, { spec: { taints: null } })
}

const create = (name: string, spec: Partial<PodSpec>) =>
  client().create(Pod, { metadata: { name, namespace }, spec: { containers: [container], ...spec } })

const pod = (name: string, what: string, is: (pod: Pod) => unknown) =>
  until(`pod ${name} ${what}`, async () => {
    const found = await client().find(Pod, { name, namespace })
    return found && is(found) ? found : undefined
  })
const scheduled = (object: Pod) => object.status?.conditions?.find(({ type }) => type === 'PodScheduled')

it('fills a node up to its limit and not further, and goes on when a pod has gone', async () => {
  await createNode('small', { pods: '3' })
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`)
  await Promise.all(names.map(name => create(name, { nodeSelector: { pool: 'small' } })))
  const placed = async () => {
    const { items } = await client().list(Pod, { namespace })
    return {
      bound: items.filter(({ spec }) => spec.nodeName === 'small').map(({ metadata }) => metadata.name),
      refused: items.filter(
        item => /Too many pods/.test(scheduled(item)?.message ?? '') && !item.spec.nodeName,
      ),
    }
  }
  const first = await until('all to be judged', async () => {
    const { bound, refused } = await placed()
    return bound.length + refused.length === names.length && { bound, refused }
  })
  expect(first.bound).toHaveLength(3)
  expect(scheduled(first.refused[0] as Pod)).toMatchObject({ status: 'False', reason: 'Unschedulable' })
  const [gone = ''] = first.bound
  await client().delete(Pod, { name: gone, namespace }, { gracePeriodSeconds: 0 })
  const second = await until('another to be bound', async () => {
    const { bound } = await placed()
    return bound.length === 3 && bound
  })
  expect(second).not.toContain(gone)
  const { items } = await client().list(Event, { namespace })
  expect(items.find(({ reason }) => reason === 'Scheduled')?.message).toMatch(
    /^Successfully assigned default\/p\d+ to small$/,
  )
})

it('leaves alone what another scheduler, or a gate, is to let through', async () => {
  await createNode('open', {})
  await create('other', { schedulerName: 'mine', nodeSelector: { pool: 'open' } })
  await create('gated', { schedulingGates: [{ name: 'example.com/wait' }], nodeSelector: { pool: 'open' } })
  await create('plain', { nodeSelector: { pool: 'open' } })
  await pod('plain', 'is bound', ({ spec }) => spec.nodeName)
  expect((await client().get(Pod, { name: 'other', namespace })).spec.nodeName).toBeUndefined()
  const gated = await client().get(Pod, { name: 'gated', namespace })
  expect(scheduled(gated)).toMatchObject({ status: 'False', reason: 'SchedulingGated' })
  await client().patch(Pod, { name: 'gated', namespace }, { spec: { schedulingGates: [] } })
  await pod('gated', 'is bound', ({ spec }) => spec.nodeName)
})

it('preempts: the victim is told, the pod waits for its node and then gets it', async () => {
  await createNode('tight', { cpu: '2' })
  const here = { nodeSelector: { pool: 'tight' }, terminationGracePeriodSeconds: 0 }
  await create('victim', requesting({ cpu: '2' }, here))
  await pod('victim', 'is bound', ({ spec }) => spec.nodeName)
  await client().patch(Pod, { name: 'victim', namespace }, { metadata: { finalizers: ['example.com/look'] } })
  await client().create(PriorityClass, { metadata: { name: 'urgent' }, value: 100 })
  const urgent = requesting({ cpu: '1' }, { ...here, priorityClassName: 'urgent' })
  const { uid } = (await create('urgent', urgent)).metadata
  await pod('urgent', 'is nominated', ({ status }) => status?.nominatedNodeName === 'tight')
  const victim = await pod('victim', 'is told', ({ metadata }) => metadata.deletionTimestamp)
  expect(victim.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'PreemptionByScheduler',
  })
  await client().patch(Pod, { name: 'victim', namespace }, { metadata: { finalizers: null } })
  await pod('urgent', 'is bound', ({ spec }) => spec.nodeName === 'tight')
  const { items } = await until('the event', async () => {
    const list = await client().list(Event, { namespace })
    return list.items.some(({ reason }) => reason === 'Preempted') && list
  })
  expect(items.find(({ reason }) => reason === 'Preempted')).toMatchObject({
    involvedObject: { name: 'victim' },
    message: `Preempted by pod ${uid} on node tight`,
  })
})

const inPools = (...pools: string[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: pools }] }],
      },
    },
  },
})
const web = { matchLabels: { app: 'web' } }
const labelled = (name: string, labels: Record<string, string>, spec: Partial<PodSpec>) =>
  client().create(Pod, { metadata: { name, namespace, labels }, spec: { containers: [container], ...spec } })

it('looks again at pods that are spread when a node goes, and its domain with it', async () => {
  await createNode('stays', {})
  await createNode('goes', { pods: '0' })
  const spread = { maxSkew: 1, topologyKey: 'pool', whenUnsatisfiable: 'DoNotSchedule', labelSelector: web }
  const spec = { ...inPools('stays', 'goes'), topologySpreadConstraints: [spread] }
  await labelled('spread-1', { app: 'web' }, spec)
  await pod('spread-1', 'is bound', ({ spec: { nodeName } }) => nodeName === 'stays')
  await labelled('spread-2', { app: 'web' }, spec)
  await pod('spread-2', 'is refused', found => /topology spread/.test(scheduled(found)?.message ?? ''))
  await client().delete(Node, { name: 'goes' })
  await pod('spread-2', 'is bound', ({ spec: { nodeName } }) => nodeName === 'stays')
})

it('looks again at pods that keep away from others when those have other labels', async () => {
  await createNode('shared', {})
  await labelled('shy', { app: 'shy' }, inPools('shared'))
  await pod('shy', 'is bound', ({ spec }) => spec.nodeName)
  const apart = { topologyKey: 'pool', labelSelector: { matchLabels: { app: 'shy' } } }
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [apart] }
  await create('apart', { affinity: { ...inPools('shared').affinity, podAntiAffinity } })
  await pod('apart', 'is refused', found => /anti-affinity/.test(scheduled(found)?.message ?? ''))
  await client().patch(Pod, { name: 'shy', namespace }, { metadata: { labels: { app: 'bold' } } })
  await pod('apart', 'is bound', ({ spec }) => spec.nodeName === 'shared')
})
