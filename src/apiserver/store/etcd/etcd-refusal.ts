import { ApiError, apiError } from '../../../kube/status.ts'
import { DEADLINE_EXCEEDED, GrpcError, UNAVAILABLE } from './grpc-channel.ts'

/** What a client is told when etcd did not do what it was asked. */
export function etcdRefusal(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof GrpcError)) return apiError('InternalError', message, undefined, error)
  if (!error.wasSent)
    return apiError(
      'ServiceUnavailable',
      `etcd cannot be reached: ${message}`,
      { retryAfterSeconds: 1 },
      error,
    )
  if (error.code === UNAVAILABLE || error.code === DEADLINE_EXCEEDED)
    return apiError(
      'Timeout',
      `etcd did not answer, and a change may have been made: ${message}`,
      undefined,
      error,
    )
  return apiError('InternalError', message, undefined, error)
}
