import { type ApiError, apiError } from '../../kube/status.ts'

/** The number in a resourceVersion; undefined for none. */
export function parseRevision(resourceVersion: string | undefined): number | undefined {
  if (resourceVersion === undefined || resourceVersion === '') return undefined
  const revision = Number(resourceVersion)
  if (!/^\d+$/.test(resourceVersion) || !Number.isSafeInteger(revision))
    throw apiError(
      'BadRequest',
      `invalid resource version ${JSON.stringify(resourceVersion)}: it must be one that this server gave out`,
    )
  return revision
}

export const tooLarge = (revision: number, current: number): ApiError =>
  apiError('Timeout', `Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

export const tooOld = (revision: number, floor: number): ApiError =>
  apiError('Expired', `too old resource version: ${revision} (${floor})`)
