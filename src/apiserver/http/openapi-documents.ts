import { createHash } from 'node:crypto'
import { openapiV2 } from '../../kube/openapi/v2.ts'
import { openapiV3 } from '../../kube/openapi/v3.ts'
import { withOpenapiV2Part } from '../aggregation/openapi-v2-part.ts'
import type { Json } from '../../kube/schema/schema.ts'
import type { Resource } from '../resources/resource.ts'
import { formOf } from './accept.ts'
import { openapiV2Protobuf } from './openapi-protobuf.ts'
import type { Document } from './discovery.ts'
import { versionInfo } from './version.ts'

const V3 = '/openapi/v3'
const V2 = '/openapi/v2'
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
/** Documents are large and clients keep them by their hash, so only those asked for lately are kept. */
const MAX_KEPT = 6

/** What there is to describe. */
export interface OpenapiSource {
  /** Another one after each change. */
  readonly generation: string
  /** What is served here. */
  resources(): readonly Resource[]
  /** Entries of the index for what extension servers describe, by path. */
  extensionIndex(): Readonly<Record<string, unknown>>
  /** Parts of the document of OpenAPI 2 that are theirs. */
  extensionParts(): readonly Json[]
}

/** OpenAPI documents of what is served; made when asked for, anew when that changes. */
export class OpenapiDocuments {
  readonly #source: OpenapiSource
  #generation = ''
  #index: Document | undefined
  #hashes = new Map<string, string>()
  readonly #kept = new Map<string, Document>()

  constructor(source: OpenapiSource) {
    this.#source = source
  }

  /** The document at a path below /openapi in a form that is accepted; undefined where there is none. */
  document(path: string, accept: string): Document | undefined {
    if (path !== V2 && path !== V3 && !path.startsWith(`${V3}/`)) return undefined
    this.#refresh()
    const isProtobuf = path === V2 && !acceptsJson(accept) && accept.includes(V2_PROTOBUF)
    // Refuses what accepts neither.
    if (!isProtobuf) formOf(accept)
    if (path === V3) return this.#index
    const hash = path === V2 ? (isProtobuf ? 'protobuf' : 'json') : this.#hashes.get(path)
    if (hash === undefined) return undefined
    const key = `${path} ${hash}`
    const document = this.#kept.get(key) ?? this.#make(path, hash)
    this.#kept.delete(key)
    this.#kept.set(key, document)
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MAX_KEPT) this.#kept.delete(oldest)
    return document
  }

  #make(path: string, hash: string): Document {
    const all = this.#source.resources()
    if (path !== V2) {
      const content = JSON.stringify(openapiV3(groupVersionAt(path), all))
      return { content, contentType: 'application/json', etag: `"${hash}"` }
    }
    const value = this.#source.extensionParts().reduce(withOpenapiV2Part, openapiV2(all))
    const content = hash === 'protobuf' ? openapiV2Protobuf(value) : JSON.stringify(value)
    const contentType = hash === 'protobuf' ? V2_PROTOBUF.replace('@', '.') : 'application/json'
    return { content, contentType, etag: `"${digest(content)}"` }
  }

  #refresh(): void {
    if (this.#generation === this.#source.generation) return
    this.#generation = this.#source.generation
    for (const form of ['protobuf', 'json']) this.#kept.delete(`${V2} ${form}`)
    const groups = new Map<string, Resource[]>()
    for (const resource of this.#source.resources()) {
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
    const content = JSON.stringify({ paths: { ...paths, ...this.#source.extensionIndex() } })
    this.#index = { content, contentType: 'application/json', etag: `"${digest(content)}"` }
  }
}

const acceptsJson = (accept: string) => accept === '' || /application\/json|\*\/\*/.test(accept)

const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex').toUpperCase()

const pathOf = ({ group, version }: Resource) =>
  group === '' ? `${V3}/api/${version}` : `${V3}/apis/${group}/${version}`

const groupVersionAt = (path: string) => path.slice(V3.length + 1).replace(/^apis?\//, '')

/** What makes a resource's part of a document what it is, without making the document. */
const identityOf = ({ plural, custom }: Resource) =>
  custom ? [plural, custom.definition.spec.names, custom.version] : [plural, versionInfo.gitVersion]
