import type { KubeObject } from '../../kube/object.ts'
import { type RuleResult, validateRules } from '../../kube/cel/validate-rules.ts'
import {
  type FieldError,
  type FieldErrorType,
  invalid,
  invalidValue,
  NO_FIELD,
} from '../../kube/schema/field-error.ts'
import { validateChange, validateSchema } from '../../kube/schema/validate.ts'
import { validateObject } from '../../kube/validation/validate-object.ts'
import { finalizerWarnings } from '../../kube/warnings/finalizer-warnings.ts'
import { objectWarnings } from '../../kube/warnings/object-warnings.ts'
import type { Resource } from '../resources/resource.ts'

export interface Checked {
  object: KubeObject
  /** Undefined for a new object. */
  previous: KubeObject | undefined
  subresource: string | undefined
}

/** Refuses an object that breaks its kind's rules, with a cause for each field. Yields warnings. */
export function check(resource: Resource, { object, previous, subresource }: Checked): readonly string[] {
  const errors = validateObject(resource, object, previous, subresource)
  const custom = resource.custom ? checkCustom(resource, object, previous) : undefined
  if (custom) errors.push(...custom.errors)
  if (errors.length > 0) throw invalid(resource, object.metadata.name, errors)
  const warns = subresource === undefined
  if (custom) return [...custom.warnings, ...(warns ? finalizerWarnings(object, previous) : [])]
  return warns ? objectWarnings(resource, object, previous) : []
}

/** Errors after which the rules of a schema are not looked at: they could not rely on types and sizes. */
const blocking: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

const unchecked: FieldError = invalidValue(
  NO_FIELD,
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

function checkCustom(
  { schema, custom }: Resource,
  object: KubeObject,
  previous: KubeObject | undefined,
): RuleResult {
  if (!schema) return { errors: [], warnings: [] }
  const errors = previous ? validateChange(schema, object, previous) : validateSchema(schema, object)
  const rules = custom?.rules
  if (!rules) return { errors, warnings: [] }
  if (errors.some(({ type }) => blocking.has(type))) return { errors: [...errors, unchecked], warnings: [] }
  const result = validateRules(rules, object, previous)
  return { errors: [...errors, ...result.errors], warnings: result.warnings }
}
