import { startTestKernel, type TestKernel, type TestKernelOptions } from '../../kernel/testing.ts'
import type { Capability } from '../../kernel/capability.ts'
import { mappedFrom, objectsOf } from '../../kernel/controller.ts'
import { until } from '../../kernel/until.ts'
import { keyOf } from '../../kube/object.ts'
import { isConflict, isNotFound } from '../../kube/status.ts'
import { Binding, type ContainerStatus, Event, Node, Pod } from '../../kube/generated/core-v1.ts'
import { node } from './index.ts'

/** In the scheduler's place: every pod goes to the one node there is. */
export const assigning: Capability = {
  name: 'assigning',
  summary: 'Binds pods to the first node',
  controllers: ({ informers, client }) => [
    {
      name: 'assigning',
      watches: [objectsOf(Pod), mappedFrom(Node, () => informers.for(Pod).list().map(keyOf))],
      async reconcile(key) {
        const [pod, target] = [informers.for(Pod).get(key), informers.for(Node).list()[0]]
        if (!pod || pod.spec.nodeName || pod.metadata.deletionTimestamp || !target) return
        const { name, namespace } = pod.metadata
        await client
          .create(Binding, { metadata: { name, namespace }, target: { name: target.metadata.name } })
          .catch(error => {
            if (!isNotFound(error) && !isConflict(error)) throw error
          })
      },
    },
  ],
}

/** For tests: a kernel with this capability, and short words for what its tests do with pods. */
export class TestNode implements AsyncDisposable {
  readonly #stack: TestKernel

  private constructor(stack: TestKernel) {
    this.#stack = stack
  }

  static async start(options: TestKernelOptions = {}): Promise<TestNode> {
    return new TestNode(
      await startTestKernel({
        ...options,
        // No test asks the world for an image.
        settings: { 'node.defaultRegistry': '', ...options.settings },
        capabilities: [node, assigning, ...(options.capabilities ?? [])],
      }),
    )
  }

  get kernel() {
    return this.#stack.kernel
  }

  create(name: string, spec: Pod['spec'], metadata: object = {}): Promise<Pod> {
    return this.kernel.client.create(Pod, { metadata: { name, namespace: 'default', ...metadata }, spec })
  }

  find(name: string): Promise<Pod | undefined> {
    return this.kernel.client.find(Pod, { name, namespace: 'default' })
  }

  /** Waits until the pod satisfies the condition. */
  pod(name: string, what: string, is: (pod: Pod) => boolean): Promise<Pod> {
    return until(`pod ${name}: ${what}`, async () => {
      const pod = await this.find(name)
      if (!pod) throw new Error(`no pod ${name}`)
      if (!is(pod)) throw new Error(JSON.stringify(pod.status))
      return pod
    })
  }

  ready(name: string): Promise<Pod> {
    return this.pod(name, 'ready', isReady)
  }

  gone(name: string): Promise<boolean> {
    return until(`pod ${name} to be gone`, async () => (await this.find(name)) === undefined)
  }

  /** Waits for an event about the pod. */
  event(name: string, reason: string): Promise<Event> {
    return until(`event ${reason} of ${name}`, async () => {
      const { items } = await this.kernel.client.list(Event, { namespace: 'default' })
      const about = items.filter(event => event.involvedObject.name === name)
      const found = about.find(event => event.reason === reason)
      if (!found) throw new Error(about.map(event => `${event.reason}: ${event.message}`).join('; '))
      return found
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]()
  }
}

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.find(condition => condition.type === 'Ready')?.status === 'True'

/** The status of a container of a pod, init containers included. */
export function statusOf(pod: Pod, container: string): ContainerStatus {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  const found = [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === container)
  if (!found) throw new Error(`no status of ${container}`)
  return found
}

/** A command line for node that runs a script. */
export const script = (text: string): string[] => ['node', '-e', text]

/** A server that answers with its pod's name, on HOST and PORT. */
export const SERVER = script(`
  const server = require('node:http').createServer((request, response) => {
    if (request.url === '/bad') response.statusCode = 503
    response.end(process.env.HOSTNAME)
  })
  server.listen(Number(process.env.PORT ?? 8080), process.env.HOST, () => console.log('listening'))
  process.on('SIGTERM', () => { console.log('ending'); process.exit(0) })
`)

/** The environment that SERVER reads. */
export const HOST_ENV = [{ name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
