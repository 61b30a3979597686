import { afterAll, beforeAll, expect, it } from 'vitest'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { TestNode } from '../testing.ts'

let host: TestNode
beforeAll(async () => {
  host = await TestNode.start()
})
afterAll(() => host[Symbol.asyncDispose]())

const debug = (name: string, ephemeral: object) =>
  host.kernel.client.patch(
    Pod,
    { name, namespace: 'default' },
    { spec: { ephemeralContainers: [ephemeral] } },
    { type: 'strategic', subresource: 'ephemeralcontainers' },
  )
const stateOf = (pod: Pod) => pod.status?.ephemeralContainerStatuses?.[0]?.state

it('runs a container that is added to a running pod, once, and lets the pod be', async () => {
  await host.create('p', { containers: [{ name: 'main', image: 'x', command: ['sleep', '1000'] }] })
  await host.ready('p')
  await debug('p', {
    name: 'debug',
    image: 'x',
    command: ['sh', '-c', 'exit 3'],
    targetContainerName: 'main',
  })
  const pod = await host.pod(
    'p',
    'the ephemeral container to end',
    one => stateOf(one)?.terminated !== undefined,
  )
  expect(stateOf(pod)?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
  expect(pod.status?.ephemeralContainerStatuses).toMatchObject([
    { name: 'debug', ready: false, restartCount: 0 },
  ])
  expect(pod.status?.phase).toBe('Running')
  await host.ready('p')
})

it('ends with its pod, before whose init containers it may run', async () => {
  await host.create('q', {
    initContainers: [{ name: 'first', image: 'x', command: ['sleep', '1000'] }],
    containers: [{ name: 'main', image: 'x', command: ['sleep', '1000'] }],
    terminationGracePeriodSeconds: 1,
  })
  await host.pod(
    'q',
    'to initialise',
    pod => pod.status?.initContainerStatuses?.[0]?.state?.running !== undefined,
  )
  await debug('q', { name: 'debug', image: 'x', command: ['sleep', '1000'] })
  await host.pod('q', 'the ephemeral container to run', pod => stateOf(pod)?.running !== undefined)
  await host.kernel.client.delete(Pod, { name: 'q', namespace: 'default' })
  await host.gone('q')
})
