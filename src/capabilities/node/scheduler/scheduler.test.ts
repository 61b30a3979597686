import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../../kernel/until.ts'
import { Node, Pod } from '../../../kube/generated/core-v1.ts'
import { TestNode } from '../testing.ts'

const PODS = 12
let host: TestNode
beforeAll(async () => {
  host = await TestNode.start()
})
afterAll(() => host[Symbol.asyncDispose]())

/** Pods that were bound to the node `small`, and those that have been told why they were not. */
async function placed() {
  const { items } = await host.kernel.client.list(Pod, { namespace: 'default' })
  const isRefused = ({ spec, status }: Pod) =>
    !spec.nodeName && status?.conditions?.some(({ message }) => message?.includes('Too many pods'))
  return {
    bound: items.filter(pod => pod.spec.nodeName === 'small').map(pod => pod.metadata.name),
    refused: items.filter(isRefused).map(pod => pod.metadata.name),
  }
}

it('fills a node up to its limit and not further, and goes on when a pod has gone', async () => {
  const { client } = host.kernel
  const ref = { name: 'small' }
  await client.create(Node, { metadata: { ...ref, labels: { size: 'small' } }, spec: {} })
  const status = {
    allocatable: { pods: '3' },
    conditions: [{ type: 'Ready', status: 'True' }],
  }
  await client.patch(Node, ref, { status }, { subresource: 'status' })
  await until('the node', () => host.kernel.informers.for(Node).get('small')?.status?.allocatable)
  await Promise.all(
    Array.from({ length: PODS }, (_, index) =>
      host.create(`p${index}`, { nodeSelector: { size: 'small' }, containers: [{ name: 'a', image: 'a' }] }),
    ),
  )
  const first = await until('all to be judged', async () => {
    const result = await placed()
    return result.bound.length + result.refused.length === PODS && result
  })
  expect(first.bound).toHaveLength(3)

  const [gone = ''] = first.bound
  await client.delete(Pod, { name: gone, namespace: 'default' }, { gracePeriodSeconds: 0 })
  const second = await until('another to be bound', async () => {
    const result = await placed()
    return result.bound.length === 3 && result
  })
  expect(second.bound).not.toContain(gone)
})
