import type { ApiHandler, ApiRequest, RequestOptions, ResourceList, UserInfo } from '../apiserver/request.ts'
import type { Kind } from '../kube/kind.ts'
import { apiVersionOf } from '../kube/kind.ts'
import type { Draft, KubeObject } from '../kube/object.ts'
import { isNotFound } from '../kube/status.ts'
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
} from './client.ts'

/** The user that Drave's own controllers act as. */
const SYSTEM_USER: UserInfo = { username: 'system:drave', groups: ['system:masters', 'system:authenticated'] }

/** The Client of the embedded API server: calls instead of HTTP, the same pipeline behind. */
export class LocalClient implements Client {
  readonly #api: ApiHandler
  readonly #fieldManager: string

  constructor(api: ApiHandler, fieldManager: string) {
    this.#api = api
    this.#fieldManager = fieldManager
  }

  async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef, options: ReadOptions = {}): Promise<T> {
    return this.#object<T>(this.#request(kind, 'get', ref, options))
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
    const { namespace, ...rest } = options
    const response = await this.#api.handle({
      ...this.#request(kind, 'list', { name: '' }, rest),
      name: undefined,
      namespace,
    })
    // A list request is answered with a list of its kind.
    const list = response.body as ResourceList
    return {
      items: list.items as unknown as T[],
      resourceVersion: list.metadata.resourceVersion ?? '',
      continue: list.metadata.continue,
    }
  }

  async *watch<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const { namespace, ...rest } = options
    const { group, version, plural } = kind
    const request = {
      user: SYSTEM_USER,
      group,
      version,
      plural,
      namespace,
      options: { ...rest, allowWatchBookmarks: true },
    }
    for await (const event of this.#api.watch(request, signal)) yield event as unknown as WatchEvent<T>
  }

  create<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>, options: WriteOptions = {}): Promise<T> {
    const ref = { name: '', namespace: draft.metadata.namespace }
    const request = this.#request(kind, 'create', ref, options)
    const apiVersion = (options.subresource && draft.apiVersion) || apiVersionOf(kind)
    const body = { ...draft, apiVersion, kind: kind.kind }
    return this.#object<T>({ ...request, name: draft.metadata.name, body: structuredClone(body) })
  }

  update<T extends KubeObject>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#object<T>({
      ...this.#request(kind, 'update', object.metadata, options),
      body: structuredClone(object),
    })
  }

  patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const request = this.#request(kind, 'patch', ref, options)
    return this.#object<T>({ ...request, patchType: options.type ?? 'merge', body: structuredClone(patch) })
  }

  async delete<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<void> {
    try {
      await this.#api.handle(this.#request(kind, 'delete', ref, options))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async resolve(apiVersion: string, kind: string): Promise<Kind | undefined> {
    return this.#api.resolve(apiVersion, kind)
  }

  #request(
    kind: Kind,
    verb: ApiRequest['verb'],
    ref: ObjectRef,
    options: WriteOptions & PatchOptions & RequestOptions,
  ): ApiRequest {
    const { subresource, type: _type, vetted, ...rest } = options
    return {
      user: SYSTEM_USER,
      verb,
      group: kind.group,
      version: kind.version,
      plural: kind.plural,
      namespace: ref.namespace,
      name: ref.name,
      subresource,
      vetted,
      options: { ...rest, fieldManager: rest.fieldManager ?? this.#fieldManager },
    }
  }

  async #object<T>(request: ApiRequest): Promise<T> {
    // The server answers with an object of the requested kind.
    return (await this.#api.handle(request)).body as unknown as T
  }
}
