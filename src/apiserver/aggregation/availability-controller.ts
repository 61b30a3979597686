import { type ConditionDraft, setCondition } from '../../kube/conditions.ts'
import type { APIService, APIServiceCondition } from '../../kube/generated/apiregistration-v1.ts'
import type { Service } from '../../kube/generated/core-v1.ts'
import { isConflict, isNotFound } from '../../kube/status.ts'
import { WorkQueue } from '../../lib/work-queue.ts'
import { MASTERS } from '../auth/users.ts'
import { LOCAL } from '../kinds/api-services.ts'
import { SERVICES } from '../kinds/service-addresses.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { StoreEvent } from '../store/watcher.ts'
import { SERVICE_NAME, SLICES, slicesOf } from '../webhooks/service-endpoint.ts'
import type { ApiServices, Extension } from './api-services.ts'
import { obstacleTo, PASSED, unavailable } from './availability.ts'
import { type ExtensionClient, urlAt } from './extension-client.ts'
import { OWN_GROUP } from './priorities.ts'
import { runWorkers } from './run-workers.ts'

/** Extension servers are asked so often whether they still answer. */
const RESYNC_MS = 30_000
/** At once, each at an endpoint of its own: one that answers is enough. */
const ATTEMPTS = 5

/** Keeps the condition Available of APIServices true to the facts, as upstream's two controllers do. */
export class AvailabilityController {
  readonly #core: Core
  readonly #apiServices: ApiServices
  readonly #client: ExtensionClient
  readonly #queue: WorkQueue

  constructor(core: Core, apiServices: ApiServices, client: ExtensionClient) {
    this.#core = core
    this.#apiServices = apiServices
    this.#client = client
    this.#queue = new WorkQueue(core.clock)
  }

  /** Looks at all APIServices, and again whenever something changes that matters to one, until the signal aborts. */
  start(signal: AbortSignal): void {
    const { store, clock } = this.#core
    for (const { metadata } of this.#apiServices.all()) this.#queue.add(metadata.name)
    this.#apiServices.onChange(name => this.#queue.add(name))
    store.onChange((resource, event) => this.#wakeFor(resource, event))
    const resync = clock.every(RESYNC_MS, () => {
      for (const { metadata } of this.#apiServices.extensions()) this.#queue.add(metadata.name)
    })
    signal.addEventListener('abort', () => resync[Symbol.dispose](), { once: true })
    runWorkers(this.#core, { queue: this.#queue, signal, work: name => this.#settle(name) })
  }

  #wakeFor(resource: string, { stored }: StoreEvent): void {
    if (resource !== SERVICES && resource !== SLICES) return
    for (const { metadata, spec } of this.#apiServices.extensions()) {
      if (spec.service.namespace !== stored.namespace) continue
      const name = resource === SERVICES ? stored.name : stored.object.metadata.labels?.[SERVICE_NAME]
      if (spec.service.name === name) this.#queue.add(metadata.name)
    }
  }

  async #settle(name: string): Promise<'ok' | 'retry'> {
    const apiService = this.#apiServices.get(name)
    if (!apiService) return 'ok'
    const extension = this.#apiServices.extension(name)
    if (!extension) {
      await this.#report(apiService, LOCAL)
      return 'ok'
    }
    const { store } = this.#core
    const { namespace, name: serviceName } = extension.spec.service
    // Only Services are kept there.
    const service = store.get(SERVICES, namespace, serviceName)?.object as unknown as Service | undefined
    const obstacle = obstacleTo(extension, service, slicesOf(store, namespace, serviceName))
    if (obstacle) {
      await this.#report(extension, obstacle)
      return 'ok'
    }
    const failure = await this.#ask(extension)
    await this.#report(extension, failure ? unavailable('FailedDiscoveryCheck', failure.message) : PASSED)
    // Looked at again soon, and not only when everything is.
    return failure ? 'retry' : 'ok'
  }

  /** Undefined where it answers. */
  async #ask(extension: Extension): Promise<Error | undefined> {
    const { group, version } = extension.spec
    const path = extension.metadata.name === 'v1.' ? `/api/${version}` : `/apis/${group}/${version}`
    const attempt = async () => {
      const endpoint = this.#client.locate(extension)
      const url = urlAt(endpoint, path)
      const failing = (why: string, cause?: unknown) =>
        new Error(`failing or missing response from ${url}: ${why}`, { cause })
      const { code } = await this.#client.fetch(extension, endpoint, { path }).catch(error => {
        throw failing(error.message, error)
      })
      if (code < 200 || code >= 300) throw failing(`bad status from ${url}: ${code}`)
    }
    const attempts = Array.from({ length: ATTEMPTS }, attempt)
    return Promise.any(attempts).then(
      () => undefined,
      // Each attempt throws an Error.
      (all: AggregateError) => all.errors.at(-1) as Error,
    )
  }

  async #report(apiService: APIService, condition: ConditionDraft<APIServiceCondition>): Promise<void> {
    const before = apiService.status?.conditions
    const conditions = setCondition<APIServiceCondition>(before, condition, this.#core.clock.now())
    if (conditions === before) return
    try {
      await dispatch(this.#core, {
        user: { username: 'system:apiserver', groups: [MASTERS] },
        verb: 'patch',
        patchType: 'merge',
        group: OWN_GROUP,
        version: 'v1',
        plural: 'apiservices',
        subresource: 'status',
        name: apiService.metadata.name,
        body: { metadata: { resourceVersion: apiService.metadata.resourceVersion }, status: { conditions } },
        options: { fieldManager: 'kube-apiserver' },
      })
    } catch (error) {
      // Changed meanwhile: the change wakes this again.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  }
}
