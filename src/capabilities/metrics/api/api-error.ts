import { ParseError } from '../../../languages/promql/parse-error.ts'
import { EvaluationError } from '../../../languages/promql/value.ts'

export type ErrorType = 'bad_data' | 'execution' | 'timeout' | 'internal' | 'not_found'

const STATUS: Record<ErrorType, number> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  internal: 500,
  not_found: 404,
}

/** A request that is refused, in the words and with the type of Prometheus' HTTP API. */
export class PrometheusApiError extends Error {
  override name = 'PrometheusApiError'
  readonly type: ErrorType
  readonly status: number

  constructor(type: ErrorType, message: string, status = STATUS[type]) {
    super(message)
    this.type = type
    this.status = status
  }
}

export const badData = (message: string): PrometheusApiError => new PrometheusApiError('bad_data', message)

/** A parameter that cannot be used, as upstream names it. */
export const badParameter = (name: string, reason: string): PrometheusApiError =>
  badData(`invalid parameter "${name}": ${reason}`)

export function asApiError(error: unknown): PrometheusApiError {
  if (error instanceof PrometheusApiError) return error
  if (error instanceof ParseError) return badParameter('query', error.message)
  if (error instanceof EvaluationError) return new PrometheusApiError('execution', error.message)
  return new PrometheusApiError('internal', error instanceof Error ? error.message : String(error))
}
