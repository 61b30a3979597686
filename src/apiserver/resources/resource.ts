import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import type { RuleTree } from '../../kube/cel/rules.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Resource as DescribedResource } from '../../kube/resources.ts'
import type { Behaviour } from './behaviour.ts'
import type { Derivation } from './derived.ts'

/** One version of one resource, as it is served. */
export interface Resource extends DescribedResource {
  /** Names where its objects are kept: the same for all versions of a resource. */
  readonly storageName: string
  /** Undefined where objects are served as they are kept. */
  readonly conversion: Conversion | undefined
  readonly behaviour: Behaviour
  /** Where the scale subresource finds its numbers. */
  readonly scale: ScalePaths | undefined
  /** Set for a custom resource: what defines it. */
  readonly custom: CustomResource | undefined
  /** Set where objects are not kept but made of those of another resource; such a resource is only read. */
  readonly derived?: Derivation
}

/** Paths such as `.spec.replicas`; the selector is a text at its path, or a LabelSelector in built-in kinds. */
export interface ScalePaths {
  readonly specReplicas: string
  readonly statusReplicas: string
  readonly labelSelector: string | undefined
}

export interface CustomResource {
  readonly definition: CustomResourceDefinition
  readonly version: CustomResourceDefinition['spec']['versions'][number]
  /** The rules in its schema; compiled when they are first needed. */
  readonly rules: RuleTree | undefined
}

/** Both ways between the kept version of an object and a served one. Neither changes its argument. */
export interface Conversion {
  toServed(kept: KubeObject): KubeObject
  toKept(served: KubeObject): KubeObject
  /** Set where somebody else converts, who has to be waited for. Throws ApiError. */
  readonly remote?: {
    /** Makes `toServed` know what becomes of these. */
    prepare(kept: readonly KubeObject[]): Promise<void>
    /** Makes `toKept` know what becomes of this. */
    prepareKept(served: KubeObject): Promise<void>
  }
}
