import type { KubeObject } from '../../kube/object.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { Resource } from '../resources/resource.ts'
import type { Form } from './accept.ts'

export interface TableOptions {
  /** How much of each object its row carries. */
  includeObject: 'None' | 'Metadata' | 'Object'
  now: number
}

/** A meta.k8s.io Table of what a request yields; undefined for what has no rows, such as a Status. */
export function tableOf(_outcome: Outcome, _form: Form, _options: TableOptions): object | undefined {
  return undefined
}

export interface EventTableOptions extends TableOptions {
  form: Form
  withColumns: boolean
  isBookmark: boolean
}

/** The Table of one event of a watch; columns are named in the first one only. */
export function eventTable(_resource: Resource, object: KubeObject, _options: EventTableOptions): object {
  return object
}
