import { type ApiError, apiError } from '../status.ts'

/** Reasons of one field's refusal, as in metav1.CauseType, with the words that messages use. */
const words = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
} as const

export type FieldErrorType = keyof typeof words

/** One thing wrong with one field of an object. `field` is a path such as `spec.ports[0].name`. */
export interface FieldError {
  type: FieldErrorType
  field: string
  detail: string
  value?: unknown
}

/** What Go prints for the path of an object itself. */
export const NO_FIELD = '<nil>'

export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  detail,
})
export const invalidValue = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  value,
  detail,
})
export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  value,
  detail: '',
})
export const forbidden = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  detail,
})
export const notFoundValue = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  value,
  detail: '',
})
export const tooLong = (field: string, limit: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: `may not be more than ${limit} bytes`,
})
export const tooMany = (field: string, count: number, limit: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  value: count,
  detail: `must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`,
})
export const notSupported = (field: string, value: unknown, supported: readonly unknown[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  value,
  detail: `supported values: ${supported.map(item => JSON.stringify(typeof item === 'string' ? item : JSON.stringify(item))).join(', ')}`,
})

/** `Invalid value: "x": must be …`: the error without its field, as it stands in a Status cause. */
export function fieldErrorBody(error: FieldError): string {
  const word = words[error.type]
  const withValue =
    'value' in error ? `${word}: ${error.value === undefined ? 'null' : JSON.stringify(error.value)}` : word
  return error.detail === '' ? withValue : `${withValue}: ${error.detail}`
}

/** `spec.x: Required value`. */
export const fieldErrorMessage = (error: FieldError): string => `${error.field}: ${fieldErrorBody(error)}`

/** The 422 for an object that was understood but breaks rules: `Deployment.apps "web" is invalid: …`. */
export function invalid(
  kind: { group: string; kind: string },
  name: string | undefined,
  errors: readonly FieldError[],
): ApiError {
  const messages = [...new Set(errors.map(fieldErrorMessage))]
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  const list = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`
  // An object that was refused for having no name has none to print.
  return apiError('Invalid', `${qualified} "${name ?? ''}" is invalid: ${list}`, {
    group: kind.group || undefined,
    kind: kind.kind || undefined,
    name: name || undefined,
    causes: errors.map(error => ({
      reason: error.type,
      message: fieldErrorBody(error),
      field: error.field,
    })),
  })
}
