import type { KubeObject } from '../../kube/object.ts'
import { invalid } from '../../kube/schema/field-error.ts'
import { validateSchema } from '../../kube/schema/validate.ts'
import type { Resource } from '../resources/resource.ts'

/** Refuses an object that breaks its kind's rules. */
export function check(resource: Resource, object: KubeObject, _previous: KubeObject | undefined): void {
  const { schema } = resource
  const errors = resource.custom && schema ? validateSchema(schema, object) : []
  if (errors.length > 0) throw invalid(resource, object.metadata.name, errors)
}
