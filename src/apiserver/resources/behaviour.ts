import type { KubeObject } from '../../kube/object.ts'
import type { RequestOptions } from '../request.ts'

/** What the server does for one kind beyond storing it. */
export interface Behaviour {
  /** `metadata.generation` counts the changes outside of metadata and status. */
  readonly countsGenerations: boolean
  /** Writes to the resource itself leave `status` alone. */
  readonly separatesStatus: boolean
  /** A new object may come with its status all the same. */
  readonly takesStatusOnCreate?: boolean
  /** An update without a resourceVersion replaces whatever is there; otherwise it is refused. */
  readonly allowsUnconditionalUpdate: boolean
  /** An update of what is not there creates it. */
  readonly createsOnUpdate?: boolean
  /** A deletion is answered with the object rather than with a Status. */
  readonly returnsDeleted: boolean
  /** Finalizers that are set when the object's deletion is asked for. */
  readonly finalizersOnDeletion?: readonly string[]
  /** A deletion that does not say what becomes of dependents leaves them, and may warn of that. */
  readonly orphansByDefault?: { readonly warning?: string }
  /** What of a wished object counts when it is written through a subresource, where that differs from the usual. */
  readonly views?: Readonly<Record<string, View>>
  /** Fills in what the server owns in a new object; may change it in place. */
  prepareCreate?(object: KubeObject, preparation: Preparation): void
  /** Fills in or carries over what the server owns; may change `next` in place. */
  prepareUpdate?(next: KubeObject, previous: KubeObject, preparation: Preparation): void
  /** Undoes what `prepareCreate` took hold of, after the object is gone or was refused. */
  release?(object: KubeObject): void
  /** Takes hold of exactly what the object has, after `prepareUpdate` took more for a change that was refused. */
  hold?(object: KubeObject): void
  /** How long a deletion waits for whoever runs the object; 0: not at all. */
  gracePeriodSeconds?(object: KubeObject, options: RequestOptions): number
}

/** Makes what is written of what was wished and a copy of the current object, both of which it may use up. */
export type View = (wished: KubeObject, current: KubeObject) => KubeObject

/** What `prepare…` may use. */
export interface Preparation {
  readonly now: number
  readonly dryRun: boolean
}

export const plainBehaviour: Behaviour = {
  countsGenerations: false,
  separatesStatus: false,
  allowsUnconditionalUpdate: true,
  returnsDeleted: false,
}
