import type { KubeObject } from '../../kube/object.ts'
import { invalid } from '../../kube/schema/field-error.ts'
import { validateSchema } from '../../kube/schema/validate.ts'
import { validateObject } from '../../kube/validation/validate-object.ts'
import type { Resource } from '../resources/resource.ts'

export interface Checked {
  object: KubeObject
  /** Undefined for a new object. */
  previous: KubeObject | undefined
  subresource: string | undefined
}

/** Refuses an object that breaks its kind's rules, with a cause for each field. */
export function check(resource: Resource, { object, previous, subresource }: Checked): void {
  const { schema } = resource
  const errors = [
    ...validateObject(resource, object, previous, subresource),
    ...(resource.custom && schema ? validateSchema(schema, object) : []),
  ]
  if (errors.length > 0) throw invalid(resource, object.metadata.name, errors)
}
