import { apiVersionOf } from '../../kube/kind.ts'
import type { Resource } from './resource.ts'

/** Everything that is served now. Custom resources come and go. */
export class ResourceRegistry {
  readonly #byName = new Map<string, Resource>()
  readonly #byKind = new Map<string, Resource>()
  /** Rises with each change: discovery and OpenAPI documents are made anew then. */
  #generation = 0

  get generation(): number {
    return this.#generation
  }

  add(resource: Resource): void {
    this.#byName.set(nameKey(resource.group, resource.version, resource.plural), resource)
    // Where several resources have one kind (reviews, bindings), the first is the one that manifests mean.
    const key = `${apiVersionOf(resource)}/${resource.kind}`
    const known = this.#byKind.get(key)
    if (!known || known.storageName === resource.storageName) this.#byKind.set(key, resource)
    this.#generation++
  }

  remove(resource: Resource): void {
    this.#byName.delete(nameKey(resource.group, resource.version, resource.plural))
    const key = `${apiVersionOf(resource)}/${resource.kind}`
    if (this.#byKind.get(key)?.storageName === resource.storageName) this.#byKind.delete(key)
    this.#generation++
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byName.get(nameKey(group, version, plural))
  }

  findKind(apiVersion: string, kind: string): Resource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`)
  }

  all(): readonly Resource[] {
    return [...this.#byName.values()]
  }
}

const nameKey = (group: string, version: string, plural: string) => `${group}/${version}/${plural}`
