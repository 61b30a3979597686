import type { APIService, APIServiceSpec } from '../../kube/generated/apiregistration-v1.ts'
import type { Store } from '../store/store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { apiServiceName } from './api-service-name.ts'

export const API_SERVICES = 'apiregistration.k8s.io/apiservices'

/** An APIService whose group version is served by somebody else. */
export type Extension = APIService & {
  spec: APIServiceSpec & {
    service: { namespace: string; name: string; port: number }
    group: string
    version: string
  }
}

/** All APIServices as they are now. */
export class ApiServices {
  readonly #byName = new Map<string, APIService>()
  readonly #extensions = new Map<string, Extension>()
  readonly #listeners: ((name: string) => void)[] = []
  #generation = 0

  /** Reads what is stored, and follows changes from then on. */
  constructor(store: Store) {
    const everything = { namespace: undefined, matches: undefined }
    for (const stored of store.cache(API_SERVICES).select(everything)) this.#put(stored)
    store.onChange((resource, { type, stored }) => {
      if (resource !== API_SERVICES) return
      if (type === 'DELETED') this.#remove(stored.name)
      else this.#put(stored)
      this.#generation++
      for (const listener of this.#listeners) listener(stored.name)
    })
  }

  /** Rises with each change. */
  get generation(): number {
    return this.#generation
  }

  /** Calls the listener with the name of whatever changes. */
  onChange(listener: (name: string) => void): void {
    this.#listeners.push(listener)
  }

  get(name: string): APIService | undefined {
    return this.#byName.get(name)
  }

  all(): Iterable<APIService> {
    return this.#byName.values()
  }

  extensions(): Iterable<Extension> {
    return this.#extensions.values()
  }

  extension(name: string): Extension | undefined {
    return this.#extensions.get(name)
  }

  /** Whoever serves a group version instead of this server. Asked for every request. */
  extensionFor(group: string, version: string): Extension | undefined {
    return this.#extensions.size === 0 ? undefined : this.#extensions.get(apiServiceName(group, version))
  }

  #put({ name, object }: StoredObject): void {
    // Only APIServices are kept there.
    const apiService = object as APIService
    this.#byName.set(name, apiService)
    if (isExtension(apiService)) this.#extensions.set(name, apiService)
    else this.#extensions.delete(name)
  }

  #remove(name: string): void {
    this.#byName.delete(name)
    this.#extensions.delete(name)
  }
}

/** Defaults and validation have seen to the rest of the reference. */
const isExtension = (apiService: APIService): apiService is Extension => apiService.spec.service !== undefined
