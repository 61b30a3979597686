import type { DiscoverySource } from '../http/discovery.ts'
import type { Exchange } from '../http/handler.ts'
import type { OpenapiSource } from '../http/openapi-documents.ts'
import type { KeyPair } from '../http/certificates.ts'
import type { Json } from '../../kube/schema/schema.ts'
import type { Core } from '../pipeline/core.ts'
import type { ApiRequest, ApiResponse, UserInfo } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { ApiServices } from './api-services.ts'
import { AvailabilityController } from './availability-controller.ts'
import { extensionAt } from './extension-at.ts'
import { ExtensionClient } from './extension-client.ts'
import { ExtensionDocuments } from './extension-documents.ts'
import type { Priority } from './priorities.ts'
import { readExtension } from './read-extension.ts'
import { LocalRegistration } from './registration.ts'
import { serveExtension } from './serve-extension.ts'
import { type ServedVersion, servedVersions } from './served-versions.ts'

/** API aggregation: who serves which group version, and the way to those who are not this server. */
export class Aggregator implements DiscoverySource, OpenapiSource, Disposable {
  readonly #core: Core
  readonly #apiServices: ApiServices
  readonly #registration: LocalRegistration
  readonly #client: ExtensionClient
  readonly #availability: AvailabilityController
  readonly #documents: ExtensionDocuments
  readonly #stopping = new AbortController()

  /** `identity` is the certificate that is shown to extension servers, where there is one. */
  constructor(core: Core, identity: () => Promise<KeyPair | undefined>) {
    this.#core = core
    this.#apiServices = new ApiServices(core.store)
    this.#registration = new LocalRegistration(core, this.#apiServices)
    this.#client = new ExtensionClient(core, identity)
    this.#availability = new AvailabilityController(core, this.#apiServices, this.#client)
    this.#documents = new ExtensionDocuments(core, this.#apiServices, this.#client)
  }

  /** Resolves when what is served here is registered. */
  async start(): Promise<void> {
    const { signal } = this.#stopping
    await this.#registration.start(signal)
    this.#availability.start(signal)
    this.#documents.start(signal)
  }

  /** Registers a group version that is served here as long as nobody else wants to. */
  offer(group: string, version: string, priority: Priority): void {
    this.#registration.offer(group, version, priority)
  }

  /** Answers a request that is for an extension server; undefined where it is for this one. */
  serve(exchange: Exchange, user: UserInfo): Promise<void> | undefined {
    const { path, target } = exchange
    const extension = extensionAt(this.#apiServices, path, target) ?? this.#describedAt(path)
    return extension && serveExtension(exchange, this.#client, { extension, user })
  }

  /** Answers a read from within this process out of the extension server that has it; undefined where this server does. */
  read(request: ApiRequest): Promise<ApiResponse> | undefined {
    if (request.verb !== 'get' && request.verb !== 'list') return undefined
    const extension = this.#apiServices.extensionFor(request.group, request.version)
    return extension && readExtension(extension, this.#client, request)
  }

  /** The extension server that has the OpenAPI document at a path. */
  #describedAt(path: string) {
    const document = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : undefined
    if (document === undefined) return undefined
    for (const extension of this.#apiServices.extensions())
      if (document in this.#documents.of(extension.metadata.name).openapiV3) return extension
    return undefined
  }

  get generation(): string {
    return `${this.#core.registry.generation}/${this.#apiServices.generation}/${this.#documents.generation}`
  }

  served(): ServedVersion[] {
    const discoveryOf = (name: string) => this.#documents.of(name).discovery
    return servedVersions(this.#core.registry, this.#apiServices, discoveryOf)
  }

  resources(): readonly Resource[] {
    const all = this.#core.registry.all()
    return all.filter(({ group, version }) => !this.#apiServices.extensionFor(group, version))
  }

  extensionIndex(): Readonly<Record<string, unknown>> {
    return Object.assign({}, ...this.#known().map(({ openapiV3 }) => openapiV3))
  }

  extensionParts(): readonly Json[] {
    return this.#known().flatMap(({ openapiV2 }) => (openapiV2 ? [openapiV2] : []))
  }

  #known() {
    return [...this.#apiServices.extensions()].map(({ metadata }) => this.#documents.of(metadata.name))
  }

  [Symbol.dispose](): void {
    this.#stopping.abort()
    this.#client[Symbol.dispose]()
  }
}
