import type { Status, StatusCause } from './generated/meta-v1.ts'

/** HTTP status code by reason, as in apimachinery's `pkg/api/errors`. */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

export type StatusReason = keyof typeof codes

/** A refusal or failure of the API, carrying the `Status` that clients are sent. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: Status
  /** For the `Warning` header: who is refused is told of what else is wrong all the same. */
  readonly warnings: readonly string[]

  constructor(
    status: Status,
    { warnings = [], ...options }: ErrorOptions & { warnings?: readonly string[] } = {},
  ) {
    super(status.message ?? status.reason ?? 'request failed', options)
    this.status = status
    this.warnings = warnings
  }
  get code(): number {
    return this.status.code ?? 500
  }
  get reason(): string {
    return this.status.reason ?? ''
  }
}

export interface StatusDetail {
  group?: string | undefined
  /** The resource's plural name, as upstream puts it in `details.kind`; the kind itself for `Invalid`. */
  kind?: string | undefined
  name?: string | undefined
  uid?: string | undefined
  causes?: StatusCause[] | undefined
  retryAfterSeconds?: number | undefined
}

/** The error for one reason of the table. */
export function apiError(
  reason: StatusReason,
  message: string,
  details?: StatusDetail,
  cause?: unknown,
): ApiError {
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details: details as NonNullable<Status['details']> } : {}),
      code: codes[reason],
    },
    cause === undefined ? {} : { cause },
  )
}

/** What upstream answers with 500 and without a reason, because it is no error that it has a name for. */
export const unclassified = (message: string, cause: unknown): ApiError =>
  new ApiError(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 },
    { cause },
  )

/** `deployments.apps "web" not found`. */
export const notFound = (resource: { group: string; plural: string }, name: string): ApiError =>
  apiError('NotFound', `${qualified(resource)} "${name}" not found`, {
    group: resource.group || undefined,
    kind: resource.plural,
    name,
  })

/** `deployments.apps "web" is forbidden: …`; without a resource just `forbidden: …`. */
export function forbidden(resource: { group: string; plural: string }, name: string, why: string): ApiError {
  const { group, plural } = resource
  const subject = plural ? `${qualified(resource)} ${name ? `${JSON.stringify(name)} is ` : 'is '}` : ''
  return apiError('Forbidden', `${subject}forbidden: ${why}`, {
    name: name || undefined,
    group: group || undefined,
    kind: plural || undefined,
  })
}

/** The optimistic lock's refusal, in upstream's words. */
export const conflict = (resource: { group: string; plural: string }, name: string, why?: string): ApiError =>
  apiError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why ?? 'the object has been modified; please apply your changes to the latest version and try again'}`,
    { group: resource.group || undefined, kind: resource.plural, name },
  )

const qualified = (resource: { group: string; plural: string }) =>
  resource.group ? `${resource.plural}.${resource.group}` : resource.plural

export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'NotFound'
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'Conflict'
export const isForbidden = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'Forbidden'
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'AlreadyExists'
/** The watch or list position is older than the kept history: list again. */
export const isExpired = (error: unknown): boolean => error instanceof ApiError && error.code === 410
