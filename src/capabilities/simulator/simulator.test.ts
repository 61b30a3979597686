import { expect, it } from 'vitest'
import { startTestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { isConditionTrue } from '../../kube/conditions.ts'
import { Lease } from '../../kube/generated/coordination-v1.ts'
import { Binding, Node, Pod } from '../../kube/generated/core-v1.ts'
import { simulator } from './index.ts'

it('makes nodes ready, and leads pods there from their binding to their end', async () => {
  await using stack = await startTestKernel({
    capabilities: [simulator],
    settings: { 'simulator.nodes': '3', 'simulator.zones': '2', 'simulator.pods': '7' },
  })
  const { client } = stack.kernel
  const nodes = await until('the nodes', async () => {
    const { items } = await client.list(Node)
    return (
      items.length === 3 && items.every(({ status }) => isConditionTrue(status?.conditions, 'Ready')) && items
    )
  })
  expect(nodes.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'])).toEqual([
    'simulated-0',
    'simulated-1',
    'simulated-0',
  ])
  expect(nodes[0]?.status?.allocatable).toMatchObject({ cpu: '32', pods: '7' })
  expect(nodes[0]?.metadata.annotations).toMatchObject({ 'kwok.x-k8s.io/node': 'fake' })
  await until(
    'leases',
    async () => (await client.list(Lease, { namespace: 'kube-node-lease' })).items.length === 3,
  )

  const capacity = { 'example.com/gpu': '4' }
  await client.patch(Node, { name: 'simulated-2' }, { status: { capacity } }, { subresource: 'status' })
  await until('what pods may have of it', async () => {
    const { status } = await client.get(Node, { name: 'simulated-2' })
    return status?.allocatable?.['example.com/gpu'] === '4' && status.allocatable['cpu'] === '32'
  })

  const ref = { name: 'p', namespace: 'default' }
  const containers = [{ name: 'c', image: 'c' }]
  await client.create(Pod, { metadata: ref, spec: { containers } })
  await client.create(Binding, { metadata: ref, target: { name: 'simulated-1' } })
  const pod = await until('the pod', async () => {
    const found = await client.get(Pod, ref)
    return isConditionTrue(found.status?.conditions, 'Ready') && found
  })
  expect(pod.status).toMatchObject({ phase: 'Running', podIP: '10.64.1.1', hostIP: '10.64.1.255' })
  await client.delete(Pod, ref)
  await until('its end', async () => (await client.find(Pod, ref)) === undefined)
})

it('refuses a number of nodes that is none', async () => {
  await expect(
    startTestKernel({ capabilities: [simulator], settings: { 'simulator.nodes': 'many' } }),
  ).rejects.toThrow('simulator.nodes is "many": it must be a whole number from 0 to 5000')
})
