import type { Kernel, RunningService, Service } from '../../../kernel/capability.ts'
import { WorkInProgress } from '../../../lib/work-in-progress.ts'
import { WorkQueue } from '../../../lib/work-queue.ts'
import { CustomResourceDefinition } from '../../../kube/generated/apiextensions-v1.ts'
import { groupResourceOf, type Kind } from '../../../kube/kind.ts'
import { customKind, servedKinds } from '../served-kinds.ts'
import { collect, isRace } from './collect.ts'
import { DependencyGraph, nodeOf } from './dependency-graph.ts'

/** Objects looked at side by side: their deletions go to the disk together. */
const CONCURRENCY = 128

/**
 * Deletes what has lost its owners, over every kind that is served, built-in or custom. It is a service because the
 * kinds it watches come and go with their definitions.
 */
export const garbageCollector = (kernel: Kernel): Service => ({
  name: 'garbage-collector',
  async start(signal): Promise<RunningService> {
    const collector = new GarbageCollector(kernel)
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    for (const kind of await servedKinds(kernel.client)) collector.follow(kind)
    const definitions = kernel.informers.for(CustomResourceDefinition).onChange(({ type, object }) => {
      const kind = type === 'deleted' ? undefined : customKind(object)
      if (kind) collector.follow(kind)
      else collector.unfollow(`${object.spec.names.plural}.${object.spec.group}`)
    })
    const running = collector.run(both)
    return {
      async [Symbol.asyncDispose]() {
        definitions[Symbol.dispose]()
        stop.abort()
        await running
        collector[Symbol.dispose]()
      },
    }
  },
})

class GarbageCollector implements Disposable {
  readonly #kernel: Kernel
  readonly #graph = new DependencyGraph()
  readonly #queue: WorkQueue
  readonly #followed = new Map<string, Disposable>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#queue = new WorkQueue(kernel.clock)
  }

  follow(kind: Kind): void {
    const name = groupResourceOf(kind)
    if (this.#followed.has(name)) return
    const subscription = this.#kernel.informers.for(kind).onChange(({ type, object }) => {
      const { uid } = object.metadata
      const look = type === 'deleted' ? this.#graph.remove(uid) : this.#graph.put(nodeOf(kind, object))
      for (const next of look) this.#queue.add(next)
    })
    this.#followed.set(name, subscription)
  }

  unfollow(name: string): void {
    this.#followed.get(name)?.[Symbol.dispose]()
    this.#followed.delete(name)
  }

  async run(signal: AbortSignal): Promise<void> {
    const active = new WorkInProgress()
    while (!signal.aborted) {
      const uid = active.size < CONCURRENCY ? this.#queue.take() : undefined
      if (uid !== undefined) active.add(this.#look(uid))
      else await (active.size < CONCURRENCY ? this.#queue.ready(signal) : active.ended())
    }
    await active.settled()
  }

  async #look(uid: string): Promise<void> {
    try {
      const after = await collect(this.#kernel, this.#graph, { uid, look: next => this.#queue.add(next) })
      this.#queue.done(uid, 'ok')
      if (after !== undefined) this.#queue.addAfter(uid, after)
    } catch (error) {
      if (!isRace(error)) {
        const node = this.#graph.get(uid)
        const object = node && { kind: node.kind.kind, namespace: node.namespace, name: node.name }
        this.#kernel.log.warn({ ...object, uid, err: error }, 'garbage collection failed, retrying')
      }
      this.#queue.done(uid, 'retry')
    }
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#followed.values()) subscription[Symbol.dispose]()
    this.#queue[Symbol.dispose]()
  }
}
