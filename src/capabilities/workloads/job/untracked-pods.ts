import type { Kernel } from '../../../kernel/capability.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { isTracked, TRACKING } from './job-facts.ts'

/** Takes the tracking finalizer off pods, and remembers which until the informer shows it. */
export class UntrackedPods {
  readonly #kernel: Kernel
  readonly #uids = new Set<string>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    kernel.informers.for(Pod).onChange(({ type, object }) => {
      if (type === 'deleted' || !isTracked(object)) this.#uids.delete(object.metadata.uid)
    })
  }

  get uids(): ReadonlySet<string> {
    return this.#uids
  }

  async untrack(pods: readonly Pod[]): Promise<void> {
    await Promise.all(pods.filter(isTracked).map(pod => this.#untrack(pod)))
  }

  async #untrack({ metadata }: Pod): Promise<void> {
    const { uid } = metadata
    this.#uids.add(uid)
    try {
      await this.#kernel.client
        .patch(
          Pod,
          metadata,
          // Of whichever version: a pod that was told to end meanwhile must not count as one that failed.
          { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] } },
          { type: 'strategic' },
        )
        .catch(ignoreNotFound)
      if (!this.#kernel.informers.for(Pod).get(`${metadata.namespace}/${metadata.name}`))
        this.#uids.delete(uid)
    } catch (error) {
      this.#uids.delete(uid)
      throw error
    }
  }
}
