import type { KubeObject } from '../../kube/object.ts'
import type { Resource as DescribedResource } from '../../kube/resources.ts'
import type { Behaviour } from './behaviour.ts'

/** One version of one resource, as it is served. */
export interface Resource extends DescribedResource {
  /** Names where its objects are kept: the same for all versions of a resource. */
  readonly storageName: string
  /** Undefined where objects are served as they are kept. */
  readonly conversion: Conversion | undefined
  readonly behaviour: Behaviour
  /** Set for a custom resource. */
  readonly custom: CustomResource | undefined
}

export interface CustomResource {
  /** The CustomResourceDefinition's name. */
  readonly definition: string
}

/** Both ways between the kept version of an object and a served one. Neither changes its argument. */
export interface Conversion {
  toServed(kept: KubeObject): KubeObject
  toKept(served: KubeObject): KubeObject
}
