import type { KubeObject } from '../../kube/object.ts'
import type { RequestOptions } from '../request.ts'

/** What the server does for one kind beyond storing it. */
export interface Behaviour {
  /** `metadata.generation` counts the changes outside of metadata and status. */
  readonly countsGenerations: boolean
  /** Writes to the resource itself leave `status` alone. */
  readonly separatesStatus: boolean
  /** An update without a resourceVersion replaces whatever is there; otherwise it is refused. */
  readonly allowsUnconditionalUpdate: boolean
  /** A deletion is answered with the object rather than with a Status. */
  readonly returnsDeleted: boolean
  /** Finalizers that are set when the object's deletion is asked for. */
  readonly finalizersOnDeletion?: readonly string[]
  /** Fills in what the server owns in a new object; may change it in place. */
  prepareCreate?(object: KubeObject, preparation: Preparation): void
  /** Fills in or carries over what the server owns; may change `next` in place. */
  prepareUpdate?(next: KubeObject, previous: KubeObject, preparation: Preparation): void
  /** Undoes what `prepare…` took hold of, after an object is gone or was refused. */
  release?(object: KubeObject): void
  /** How long a deletion waits for whoever runs the object; undefined or 0: not at all. */
  gracePeriodSeconds?(object: KubeObject, options: RequestOptions): number
}

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
