import { apiVersionOf, type Kind, parseApiVersion } from '../../kube/kind.ts'
import type { Draft, KubeObject } from '../../kube/object.ts'
import type { Status } from '../../kube/generated/meta-v1.ts'
import { ApiError, isNotFound } from '../../kube/status.ts'
import type {
  Client,
  DeleteOptions,
  List,
  ListOptions,
  ObjectRef,
  PatchOptions,
  ReadOptions,
  WatchEvent,
  WriteOptions,
} from '../client.ts'
import type { Clock } from '../clock.ts'
import { HttpTransport } from './http-transport.ts'
import type { ClusterAccess } from './cluster-access.ts'

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

const DISCOVERY_TTL_MS = 10_000
/** Watches end and are taken up again after so long, as client-go's do. */
const WATCH_TIMEOUT_SECONDS = 300
/** A connection that died without a word is given up when the server should have ended the watch. */
const WATCH_SILENCE_MS = (WATCH_TIMEOUT_SECONDS + 30) * 1000
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024

interface DiscoveredGroup {
  at: number
  kinds: Map<string, Kind>
}

/** The Client of any cluster, over HTTPS. */
export class RemoteClient implements Client, Disposable {
  readonly transport: HttpTransport
  readonly #fieldManager: string
  readonly #clock: Clock
  readonly #discovered = new Map<string, DiscoveredGroup>()

  constructor(access: ClusterAccess, fieldManager: string, clock: Clock) {
    this.transport = new HttpTransport(access, `drave-${fieldManager}`, clock)
    this.#fieldManager = fieldManager
    this.#clock = clock
  }

  async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef, options: ReadOptions = {}): Promise<T> {
    return (await this.transport.json({ method: 'GET', path: pathOf(kind, ref, options.subresource) })) as T
  }

  async find<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | undefined> {
    try {
      return await this.get(kind, ref)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<List<T>> {
    const path =
      pathOf(kind, { name: '', namespace: options.namespace }) + queryOf({ ...options, namespace: undefined })
    const list = (await this.transport.json({ method: 'GET', path })) as {
      items?: T[] | null
      metadata: { resourceVersion: string; continue?: string }
    }
    const items = (list.items ?? []).map(item => ({
      ...item,
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
    }))
    return { items, resourceVersion: list.metadata.resourceVersion, continue: list.metadata.continue }
  }

  async *watch<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const query = {
      ...options,
      namespace: undefined,
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_TIMEOUT_SECONDS,
    }
    const path = pathOf(kind, { name: '', namespace: options.namespace }) + queryOf(query)
    const response = await this.transport.open({ method: 'GET', path, signal, silenceMs: WATCH_SILENCE_MS })
    response.setEncoding('utf8')
    let rest = ''
    for await (const chunk of response as AsyncIterable<string>) {
      rest += chunk
      if (rest.length > MAX_LINE_CHARACTERS)
        throw new Error(`watch of ${kind.plural}: an event is longer than ${MAX_LINE_CHARACTERS} characters`)
      let end = rest.indexOf('\n')
      for (; end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 1)
        if (line.trim() === '') continue
        const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status }
        if (event.type === 'ERROR') throw new ApiError(event.object)
        yield event
      }
    }
  }

  async create<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>, options: WriteOptions = {}): Promise<T> {
    const { subresource } = options
    const { name = '', namespace } = draft.metadata
    const path =
      pathOf(kind, { name: subresource ? name : '', namespace }, subresource) + this.#write(options)
    const apiVersion = (subresource && draft.apiVersion) || apiVersionOf(kind)
    const body = { ...draft, apiVersion, kind: kind.kind }
    return (await this.transport.json({ method: 'POST', path, body })) as T
  }

  async update<T extends KubeObject>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = pathOf(kind, object.metadata, options.subresource) + this.#write(options)
    return (await this.transport.json({ method: 'PUT', path, body: object })) as T
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = pathOf(kind, ref, options.subresource) + this.#write(options, options.force)
    const contentType = PATCH_TYPES[options.type ?? 'merge']
    return (await this.transport.json({ method: 'PATCH', path, body: patch, contentType })) as T
  }

  async delete<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
    try {
      await this.transport.json({ method: 'DELETE', path: pathOf(kind, ref), body })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async resolve(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const known = this.#discovered.get(apiVersion)
    if (known?.kinds.has(kind) || (known && this.#clock.now() - known.at < DISCOVERY_TTL_MS))
      return known.kinds.get(kind)
    const { group, version } = parseApiVersion(apiVersion)
    const kinds = new Map<string, Kind>()
    try {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
      const { resources } = (await this.transport.json({ method: 'GET', path })) as {
        resources: { name: string; kind: string; namespaced: boolean }[]
      }
      for (const { name, kind: served, namespaced } of resources)
        if (!name.includes('/')) kinds.set(served, { group, version, kind: served, plural: name, namespaced })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    this.#discovered.set(apiVersion, { at: this.#clock.now(), kinds })
    return kinds.get(kind)
  }

  #write(options: WriteOptions, force?: boolean): string {
    return queryOf({
      fieldManager: options.fieldManager ?? this.#fieldManager,
      dryRun: options.dryRun ? 'All' : undefined,
      fieldValidation: options.fieldValidation,
      force,
    })
  }

  [Symbol.dispose](): void {
    this.transport[Symbol.dispose]()
  }
}

/** The URL path of an object, or of its collection when the name is empty. */
export function pathOf(kind: Kind, ref: ObjectRef, subresource?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const namespace = kind.namespaced && ref.namespace ? `/namespaces/${encodeURIComponent(ref.namespace)}` : ''
  const name = ref.name ? `/${encodeURIComponent(ref.name)}` : ''
  return `${root}${namespace}/${kind.plural}${name}${subresource ? `/${subresource}` : ''}`
}

function queryOf(values: object): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) if (value !== undefined) query.set(key, String(value))
  const text = query.toString()
  return text ? `?${text}` : ''
}
