import type { DiscoverySource } from '../http/discovery.ts'
import type { Core } from '../pipeline/core.ts'
import { ApiServices } from './api-services.ts'
import type { Priority } from './priorities.ts'
import { LocalRegistration } from './registration.ts'
import { type ServedVersion, servedVersions } from './served-versions.ts'

/** API aggregation: who serves which group version, and the way to those who are not this server. */
export class Aggregator implements DiscoverySource, Disposable {
  readonly #core: Core
  readonly apiServices: ApiServices
  readonly #registration: LocalRegistration
  readonly #stopping = new AbortController()

  constructor(core: Core) {
    this.#core = core
    this.apiServices = new ApiServices(core.store)
    this.#registration = new LocalRegistration(core, this.apiServices)
  }

  /** Resolves when what is served here is registered. */
  async start(): Promise<void> {
    await this.#registration.start(this.#stopping.signal)
  }

  /** Registers a group version that is served here as long as nobody else wants to. */
  offer(group: string, version: string, priority: Priority): void {
    this.#registration.offer(group, version, priority)
  }

  get generation(): string {
    return `${this.#core.registry.generation}/${this.apiServices.generation}`
  }

  served(): ServedVersion[] {
    return servedVersions(this.#core.registry, this.apiServices, () => ({
      freshness: 'Stale',
      resources: undefined,
    }))
  }

  [Symbol.dispose](): void {
    this.#stopping.abort()
  }
}
