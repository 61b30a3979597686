import { forbidden, notSupported } from '../../kube/schema/field-error.ts'
import { apiError } from '../../kube/status.ts'
import { dryRun, propagationPolicy, refuseOptions } from '../pipeline/option-values.ts'
import type { RequestOptions } from '../request.ts'

/** What an empty query asks for. */
const none: RequestOptions = Object.freeze({ dryRun: false })

/** The options in a query string. Throws ApiError BadRequest or Invalid for values that mean nothing. */
export function optionsFrom(query: URLSearchParams, verb: string, patchType?: string): RequestOptions {
  if (query.size === 0) return none
  const text = (name: string) => query.get(name) || undefined
  return {
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    limit: integer(query, 'limit'),
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    allowWatchBookmarks: boolean(query, 'allowWatchBookmarks'),
    sendInitialEvents: boolean(query, 'sendInitialEvents'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    dryRun: dryRun(verb, query.getAll('dryRun')),
    fieldManager: fieldManager(verb, text('fieldManager')),
    fieldValidation: fieldValidation(verb, text('fieldValidation')),
    force: force(verb, patchType, boolean(query, 'force')),
    propagationPolicy: propagationPolicy(verb, text('propagationPolicy')),
    gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
  }
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  if (!/^-?\d{1,15}$/.test(value))
    throw apiError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  return Number(value)
}

function boolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)
  // As Go reads booleans in queries: anything but these is true.
  return value === null ? undefined : !(value === 'false' || value === '0')
}

/** Whether a query says yes to something. */
export const isTrue = (query: URLSearchParams, name: string): boolean => boolean(query, name) === true

const MAX_MANAGER = 128

function fieldManager(verb: string, name: string | undefined): string | undefined {
  if (name !== undefined && name.length > MAX_MANAGER)
    refuseOptions(verb, [
      {
        type: 'FieldValueTooLong',
        field: 'fieldManager',
        detail: `may not be more than ${MAX_MANAGER} bytes`,
      },
    ])
  return name
}

function force(verb: string, patchType: string | undefined, value: boolean | undefined): boolean | undefined {
  if (verb === 'patch' && patchType !== 'apply' && value !== undefined)
    refuseOptions(verb, [forbidden('force', 'may not be specified for non-apply patch')])
  return value
}

const validations = ['Ignore', 'Strict', 'Warn'] as const

function fieldValidation(verb: string, value: string | undefined): RequestOptions['fieldValidation'] {
  const found = validations.find(one => one === value)
  if (value !== undefined && !found)
    refuseOptions(verb, [notSupported('fieldValidation', value, ['', ...validations])])
  return found
}
