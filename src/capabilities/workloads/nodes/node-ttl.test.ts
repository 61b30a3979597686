import { expect, it } from 'vitest'
import { startTestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Node } from '../../../kube/generated/core-v1.ts'
import { workloads } from '../index.ts'
import { ttlStep } from './node-ttl.ts'

it.each([
  [1, 0, 0],
  [100, 0, 0],
  [101, 0, 1],
  [95, 1, 1],
  [89, 1, 0],
  [700, 0, 2],
  [5000, 0, 4],
  [1900, 4, 4],
  [3, 4, 0],
])('%i nodes, from step %i to %i', (nodes, before, after) => expect(ttlStep(nodes, before)).toBe(after))

it('says on a node how long it may keep what it has read, and keeps what else is said there', async () => {
  await using test = await startTestKernel({ capabilities: [workloads] })
  const { client } = test.kernel
  await client.create(Node, { metadata: { name: 'n', annotations: { own: 'x' } }, spec: {} })
  await until('the annotation', async () => {
    const { annotations } = (await client.get(Node, { name: 'n' })).metadata
    return annotations?.['node.alpha.kubernetes.io/ttl'] === '0' && annotations['own'] === 'x'
  })
})
