import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import { apiError, isConflict, isNotFound } from '../../kube/status.ts'
import { retryDelayMs } from '../../lib/work-queue.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { StoreEvent } from '../store/watcher.ts'
import { customResources, storageNameOf } from './custom-resource.ts'
import type { WebhookPort } from './webhook-conversion.ts'
import { CLEANUP_FINALIZER, isEstablished } from './definition-behaviour.ts'

export const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions'

const system = { username: 'system:apiserver', groups: ['system:masters'] }

/** Serves what the stored CustomResourceDefinitions define, and empties what is being deleted. */
export class Definitions {
  readonly #core: Core
  readonly #webhooks: WebhookPort
  readonly #served = new Map<string, Resource[]>()
  /** Storage names of definitions that wait for their instances to go. */
  readonly #emptying = new Map<string, string>()

  constructor(core: Core, webhooks: WebhookPort) {
    this.#core = core
    this.#webhooks = webhooks
  }

  /** Serves what is stored, and follows changes from then on. */
  start(): void {
    for (const stored of this.#core.store
      .cache(DEFINITIONS)
      .select({ namespace: undefined, matches: undefined }))
      this.#serve(stored)
    this.#core.store.onChange((resource, event) => this.#changed(resource, event))
  }

  #changed(resource: string, event: StoreEvent): void {
    if (resource === DEFINITIONS) {
      if (event.type === 'DELETED') this.#withdraw(event.stored.name)
      else this.#serve(event.stored)
    } else if (event.type === 'DELETED') {
      const name = this.#emptying.get(resource)
      if (name !== undefined) this.#finishSoon(name, resource)
    }
  }

  #serve(stored: StoredObject): void {
    // Only definitions are kept there.
    const definition = stored.object as unknown as CustomResourceDefinition
    this.#withdraw(stored.name)
    if (!isEstablished(definition)) return
    const resources = customResources(definition, this.#webhooks)
    for (const resource of resources) this.#core.registry.add(resource)
    this.#served.set(stored.name, resources)
    const { deletionTimestamp, finalizers } = definition.metadata
    if (!deletionTimestamp || !finalizers?.includes(CLEANUP_FINALIZER)) return
    this.#emptying.set(storageNameOf(definition), stored.name)
    this.#emptyUntilDone(stored.name, resources[0], 1)
  }

  /** Tries again while something says no, such as a webhook that is away, until another try takes its place. */
  #emptyUntilDone(name: string, resource: Resource | undefined, attempt: number): void {
    this.#empty(name, resource).catch(error => {
      const { clock, log } = this.#core
      log.error({ err: error, definition: name }, 'instances could not be deleted')
      clock.after(retryDelayMs(attempt), () => {
        if (this.#served.get(name)?.[0] === resource) this.#emptyUntilDone(name, resource, attempt + 1)
      })
    })
  }

  #withdraw(name: string): void {
    const served = this.#served.get(name)
    if (!served) return
    this.#served.delete(name)
    for (const resource of served) this.#core.registry.remove(resource)
  }

  async #empty(name: string, resource: Resource | undefined): Promise<void> {
    if (!resource) return
    // Let the change that brought us here be seen first.
    await Promise.resolve()
    const { store } = this.#core
    const all = [...store.cache(resource.storageName).select({ namespace: undefined, matches: undefined })]
    const { group, version, plural } = resource
    let failure: unknown
    for (const instance of all)
      await dispatch(this.#core, {
        user: system,
        verb: 'delete',
        group,
        version,
        plural,
        namespace: instance.namespace,
        name: instance.name,
        options: {},
      })
        .catch(ignoreMissing)
        .catch(error => {
          failure ??= error
        })
    if (failure !== undefined) throw failure
    if (store.cache(resource.storageName).size === 0) await this.#finish(name, resource.storageName)
  }

  #finishSoon(name: string, storageName: string): void {
    queueMicrotask(() => {
      if (this.#core.store.cache(storageName).size > 0 || !this.#emptying.has(storageName)) return
      this.#finish(name, storageName).catch(error => {
        this.#core.log.error({ err: error, definition: name }, 'the definition could not be removed')
        this.#emptyUntilDone(name, this.#served.get(name)?.[0], 1)
      })
    })
  }

  /** Lets the definition go: nothing of it is left. */
  async #finish(name: string, storageName: string): Promise<void> {
    const { store } = this.#core
    this.#emptying.delete(storageName)
    const stored = store.get(DEFINITIONS, '', name)
    const finalizers = stored?.object.metadata.finalizers?.filter(
      finalizer => finalizer !== CLEANUP_FINALIZER,
    )
    await dispatch(this.#core, {
      user: system,
      verb: 'patch',
      patchType: 'merge',
      group: 'apiextensions.k8s.io',
      version: 'v1',
      plural: 'customresourcedefinitions',
      name,
      options: {},
      // Who changes the definition meanwhile is not overruled: the change begins another try.
      body: {
        metadata: { resourceVersion: stored?.object.metadata.resourceVersion, finalizers: finalizers ?? [] },
      },
    }).catch(ignoreMissing)
    store.cache(storageName).endWatches(apiError('Expired', `${name} is no longer served`))
  }
}

function ignoreMissing(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}
