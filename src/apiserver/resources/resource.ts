import type { Kind } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from './behaviour.ts'

export interface Subresource {
  /** What its bodies are: `Scale` of autoscaling/v1 for a scale, the resource's own kind for status. */
  kind: { group: string; version: string; kind: string }
  verbs: readonly string[]
}

/** One version of one resource, as it is served. */
export interface Resource {
  readonly kind: Kind
  readonly listKind: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: ReadonlyMap<string, Subresource>
  /** Names where its objects are kept: the same for all versions of a resource. */
  readonly storageName: string
  /** Undefined where objects are served as they are kept. */
  readonly conversion: Conversion | undefined
  readonly behaviour: Behaviour
  /** The CustomResourceDefinition's name, for a custom resource. */
  readonly customResourceDefinition: string | undefined
}

/** Both ways between the kept version of an object and a served one. Neither changes its argument. */
export interface Conversion {
  toServed(kept: KubeObject): KubeObject
  toKept(served: KubeObject): KubeObject
}

export const groupOf = (resource: Resource): { group: string; plural: string } => resource.kind
