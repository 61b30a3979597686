import { isJsonObject } from '../../kube/schema/schema.ts'
import {
  type FieldError,
  forbidden,
  invalid,
  invalidValue,
  notSupported,
} from '../../kube/schema/field-error.ts'
import { apiError } from '../../kube/status.ts'
import type { RequestOptions } from '../request.ts'

/** Which options a verb has, by the name that refusals give them. */
const optionKinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
}

const refuse = (verb: string, errors: readonly FieldError[]) => {
  if (errors.length > 0)
    throw invalid({ group: 'meta.k8s.io', kind: optionKinds[verb] ?? 'ListOptions' }, '', errors)
}

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

/** Options for a deletion: those of the query, with a DeleteOptions body over them. */
export function deleteOptionsFrom(body: unknown, query: RequestOptions): RequestOptions {
  if (body === undefined || body === null) return query
  if (!isJsonObject(body)) throw apiError('BadRequest', 'the body of a deletion must be DeleteOptions')
  const { gracePeriodSeconds, orphanDependents } = body
  const orphan = orphanDependents === true ? 'Orphan' : orphanDependents === false ? 'Background' : undefined
  const policy = typeof body.propagationPolicy === 'string' ? body.propagationPolicy : undefined
  if (policy !== undefined && orphan !== undefined)
    refuse('delete', [
      invalidValue(
        'propagationPolicy',
        policy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    ])
  const { uid, resourceVersion } = isJsonObject(body.preconditions) ? body.preconditions : {}
  return {
    ...query,
    dryRun: query.dryRun || (Array.isArray(body.dryRun) && dryRun('delete', body.dryRun.map(String))),
    gracePeriodSeconds:
      typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : query.gracePeriodSeconds,
    propagationPolicy: propagationPolicy('delete', policy) ?? orphan ?? query.propagationPolicy,
    preconditions: {
      uid: typeof uid === 'string' ? uid : undefined,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
    },
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

function dryRun(verb: string, values: readonly string[]): boolean {
  if (values.some(value => value !== 'All')) refuse(verb, [notSupported('dryRun', values, ['All'])])
  return values.length > 0
}

const MAX_MANAGER = 128

function fieldManager(verb: string, name: string | undefined): string | undefined {
  if (name !== undefined && name.length > MAX_MANAGER)
    refuse(verb, [
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
    refuse(verb, [forbidden('force', 'may not be specified for non-apply patch')])
  return value
}

const validations = ['Ignore', 'Strict', 'Warn'] as const

function fieldValidation(verb: string, value: string | undefined): RequestOptions['fieldValidation'] {
  const found = validations.find(one => one === value)
  if (value !== undefined && !found)
    refuse(verb, [notSupported('fieldValidation', value, ['', ...validations])])
  return found
}

const policies = ['Foreground', 'Background', 'Orphan'] as const

function propagationPolicy(verb: string, value: string | undefined): RequestOptions['propagationPolicy'] {
  const found = policies.find(one => one === value)
  if (value !== undefined && !found)
    refuse(verb, [notSupported('propagationPolicy', value, [...policies, 'nil'])])
  return found
}
