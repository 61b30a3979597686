import { equalJson } from '../../kube/copy.ts'
import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import { WorkQueue } from '../../lib/work-queue.ts'
import type { Core } from '../pipeline/core.ts'
import type { ApiServices, Extension } from './api-services.ts'
import { discoveryFromResources, resourcesIn } from './discovery-from-resources.ts'
import type { ExtensionAnswer, ExtensionClient } from './extension-client.ts'
import { openapiV2Part } from './openapi-v2-part.ts'
import { runWorkers } from './run-workers.ts'
import type { ExtensionDiscovery } from './served-versions.ts'

/** What extension servers say of themselves is read again so often: upstream's interval for all of it. */
const REFRESH_MS = 60_000
const AGGREGATED = ['v2', 'v2beta1']
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',')

interface Documents {
  discovery: ExtensionDiscovery
  /** Entries of the index of OpenAPI 3, by path without `/openapi/v3/`. */
  openapiV3: Readonly<Record<string, unknown>>
  /** `paths` of its group version and the `definitions` that they need. */
  openapiV2: Json | undefined
  openapiV2Etag: string | undefined
}

const nothing: Documents = {
  discovery: { freshness: 'Stale', resources: undefined },
  openapiV3: {},
  openapiV2: undefined,
  openapiV2Etag: undefined,
}

/** Discovery and OpenAPI of extension servers, as they were said last. */
export class ExtensionDocuments {
  readonly #core: Core
  readonly #apiServices: ApiServices
  readonly #client: ExtensionClient
  readonly #queue: WorkQueue
  readonly #documents = new Map<string, Documents>()
  #generation = 0

  constructor(core: Core, apiServices: ApiServices, client: ExtensionClient) {
    this.#core = core
    this.#apiServices = apiServices
    this.#client = client
    this.#queue = new WorkQueue(core.clock)
  }

  /** Rises with each change of what is known. */
  get generation(): number {
    return this.#generation
  }

  of(name: string): Documents {
    return this.#documents.get(name) ?? nothing
  }

  /** Reads them, and again after changes and from time to time, until the signal aborts. */
  start(signal: AbortSignal): void {
    for (const { metadata } of this.#apiServices.extensions()) this.#queue.add(metadata.name)
    this.#apiServices.onChange(name => {
      if (this.#apiServices.extension(name) || this.#documents.has(name)) this.#queue.add(name)
    })
    runWorkers(this.#core, { queue: this.#queue, signal, work: name => this.#refresh(name) })
  }

  async #refresh(name: string): Promise<'ok' | 'retry'> {
    const extension = this.#apiServices.extension(name)
    if (!extension) {
      if (this.#documents.delete(name)) this.#generation++
      return 'ok'
    }
    const before = this.of(name)
    const discovery = await this.#discover(extension)
    const isReached = discovery.freshness === 'Current'
    const next = isReached
      ? { discovery, ...(await this.#openapi(extension, before)) }
      : { ...before, discovery }
    // Removed, or led elsewhere, while it was asked.
    if (this.#apiServices.extension(name)?.metadata.uid !== extension.metadata.uid) return 'ok'
    if (!this.#documents.has(name) || !equalJson(next, before)) {
      this.#documents.set(name, next)
      this.#generation++
    }
    if (isReached) this.#queue.addAfter(name, REFRESH_MS)
    return isReached ? 'ok' : 'retry'
  }

  async #discover(extension: Extension): Promise<ExtensionDiscovery> {
    const { group, version } = extension.spec
    const aggregated = await this.#read(extension, '/apis', { accept: AGGREGATED })
    if (aggregated?.code === 200 && aggregated.contentType.includes('as=APIGroupDiscoveryList'))
      return { freshness: 'Current', resources: resourcesIn(parse(aggregated.text), { group, version }) }
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    const plain = aggregated && (await this.#read(extension, path, { accept: 'application/json' }))
    if (plain?.code !== 200) return nothing.discovery
    const resources = discoveryFromResources(parse(plain.text), { group, version })
    return { freshness: 'Current', resources }
  }

  async #openapi(extension: Extension, before: Documents): Promise<Omit<Documents, 'discovery'>> {
    const { group, version } = extension.spec
    const [index, v2] = await Promise.all([
      this.#read(extension, '/openapi/v3', { accept: 'application/json' }),
      this.#read(extension, '/openapi/v2', { accept: 'application/json', etag: before.openapiV2Etag }),
    ])
    const own = new Set([`apis/${group}`, `apis/${group}/${version}`])
    const listed = index?.code === 200 ? parse(index.text)?.paths : undefined
    const openapiV3 = Object.fromEntries(
      Object.entries(isJsonObject(listed) ? listed : {}).filter(([path]) => own.has(path)),
    )
    const { openapiV2, openapiV2Etag } = before
    if (v2?.code !== 200) return { openapiV3, openapiV2, openapiV2Etag }
    const document = parse(v2.text)
    const part = document && openapiV2Part(document, `/apis/${group}/${version}/`)
    return { openapiV3, openapiV2: part, openapiV2Etag: v2.etag }
  }

  /** Undefined where it is not reached. */
  async #read(
    extension: Extension,
    path: string,
    how: { accept: string; etag?: string | undefined },
  ): Promise<ExtensionAnswer | undefined> {
    try {
      return await this.#client.fetch(extension, this.#client.locate(extension), { path, ...how })
    } catch {
      // The condition of the APIService says why.
      return undefined
    }
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
