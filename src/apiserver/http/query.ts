import { isJsonObject } from '../../kube/schema/schema.ts'
import { apiError } from '../../kube/status.ts'
import type { RequestOptions } from '../request.ts'

/** The options in a query string. Throws ApiError BadRequest for values that mean nothing. */
export function optionsFrom(query: URLSearchParams): RequestOptions {
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
    dryRun: dryRun(query.getAll('dryRun')),
    fieldManager: fieldManager(text('fieldManager')),
    fieldValidation: oneOf('fieldValidation', text('fieldValidation'), ['Strict', 'Warn', 'Ignore']),
    force: boolean(query, 'force'),
    propagationPolicy: propagationPolicy(text('propagationPolicy')),
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
  const { uid, resourceVersion } = isJsonObject(body.preconditions) ? body.preconditions : {}
  return {
    ...query,
    dryRun: query.dryRun || (Array.isArray(body.dryRun) && dryRun(body.dryRun.map(String))),
    gracePeriodSeconds:
      typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : query.gracePeriodSeconds,
    propagationPolicy: propagationPolicy(policy) ?? orphan ?? query.propagationPolicy,
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

function dryRun(values: readonly string[]): boolean {
  for (const value of values)
    if (value !== 'All')
      throw apiError(
        'BadRequest',
        `dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`,
      )
  return values.length > 0
}

const MAX_MANAGER = 128

function fieldManager(name: string | undefined): string | undefined {
  if (name !== undefined && name.length > MAX_MANAGER)
    throw apiError('BadRequest', `fieldManager: Too long: may not be more than ${MAX_MANAGER} bytes`)
  return name
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  if (value === undefined) return undefined
  const found = known.find(one => one === value)
  if (found !== undefined) return found
  const list = known.map(one => JSON.stringify(one)).join(', ')
  throw apiError(
    'BadRequest',
    `${name}: Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  )
}

const propagationPolicy = (value: string | undefined) =>
  oneOf('propagationPolicy', value, ['Background', 'Foreground', 'Orphan'])
