import { createHash } from 'node:crypto'
import { openapiV2 } from '../../kube/openapi/v2.ts'
import { openapiV3 } from '../../kube/openapi/v3.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import type { Document } from './discovery.ts'
import { versionInfo } from './version.ts'

const V3 = '/openapi/v3'
const V2 = '/openapi/v2'
/** Documents are large and clients keep them by their hash, so only those asked for lately are kept. */
const MAX_KEPT = 6

/** OpenAPI documents of what is served; made when asked for, anew when that changes. */
export class OpenapiDocuments {
  readonly #registry: ResourceRegistry
  #generation = -1
  #index: Document | undefined
  #hashes = new Map<string, string>()
  readonly #kept = new Map<string, Document>()

  constructor(registry: ResourceRegistry) {
    this.#registry = registry
  }

  /** The document at a path below /openapi; undefined where there is none. */
  document(path: string): Document | undefined {
    if (path !== V2 && path !== V3 && !path.startsWith(`${V3}/`)) return undefined
    this.#refresh()
    if (path === V3) return this.#index
    const hash = path === V2 ? 'v2' : this.#hashes.get(path)
    if (hash === undefined) return undefined
    const key = `${path} ${hash}`
    const document = this.#kept.get(key) ?? this.#make(path, hash)
    this.#kept.delete(key)
    this.#kept.set(key, document)
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MAX_KEPT) this.#kept.delete(oldest)
    return document
  }

  #make(path: string, hash: string): Document {
    const all = this.#registry.all()
    const value = path === V2 ? openapiV2(all) : openapiV3(groupVersionAt(path), all)
    const text = JSON.stringify(value)
    return { text, contentType: 'application/json', etag: `"${path === V2 ? digest(text) : hash}"` }
  }

  #refresh(): void {
    if (this.#generation === this.#registry.generation) return
    this.#generation = this.#registry.generation
    this.#kept.delete(`${V2} v2`)
    const groups = new Map<string, Resource[]>()
    for (const resource of this.#registry.all()) {
      const path = pathOf(resource)
      groups.set(path, [...(groups.get(path) ?? []), resource])
    }
    this.#hashes = new Map(
      [...groups].map(([path, resources]) => [path, digest(JSON.stringify(resources.map(identityOf)))]),
    )
    const paths = Object.fromEntries(
      [...this.#hashes].map(([path, hash]) => [
        path.slice(V3.length + 1),
        { serverRelativeURL: `${path}?hash=${hash}` },
      ]),
    )
    const text = JSON.stringify({ paths })
    this.#index = { text, contentType: 'application/json', etag: `"${digest(text)}"` }
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').toUpperCase()

const pathOf = ({ group, version }: Resource) =>
  group === '' ? `${V3}/api/${version}` : `${V3}/apis/${group}/${version}`

const groupVersionAt = (path: string) => path.slice(V3.length + 1).replace(/^apis?\//, '')

/** What makes a resource's part of a document what it is, without making the document. */
const identityOf = ({ plural, custom }: Resource) =>
  custom ? [plural, custom.definition.spec.names, custom.version] : [plural, versionInfo.gitVersion]
