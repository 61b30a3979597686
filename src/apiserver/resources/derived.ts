import type { TableColumn } from '../../kube/columns/column.ts'
import type { KubeObject } from '../../kube/object.ts'

/** A resource whose objects are not kept but made, when asked for, of those of another one. */
export interface Derivation {
  /** The storage name of the resource that they are made of: labels and names are the same. */
  readonly from: string
  /** What a missing object of `from` is called. */
  readonly fromResource: { readonly group: string; readonly plural: string }
  /** What a missing derived object is called. */
  readonly notFoundAs: string
  readonly columns: readonly TableColumn[]
  /** Undefined where there is nothing to show of it. */
  derive(object: KubeObject): KubeObject | undefined
}
