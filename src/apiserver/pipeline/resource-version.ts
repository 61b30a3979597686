import { ApiError, apiError } from '../../kube/status.ts'

/** The number in a resourceVersion; undefined for none. */
export function parseRevision(resourceVersion: string | undefined): number | undefined {
  if (resourceVersion === undefined || resourceVersion === '') return undefined
  const revision = Number(resourceVersion)
  if (!/^\d+$/.test(resourceVersion) || !Number.isSafeInteger(revision))
    throw apiError(
      'BadRequest',
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
    )
  return revision
}

export const tooLarge = (revision: number, current: number): ApiError =>
  apiError('Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

export const tooOld = (revision: number, floor: number): ApiError =>
  apiError('Expired', `too old resource version: ${revision} (${floor})`)

/** A list as of a revision whose history is gone; `token` continues it as things are now. */
export function listExpired(token: string | undefined): ApiError {
  if (token === undefined) return apiError('Expired', 'The resourceVersion for the provided list is too old.')
  const { status } = apiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  return new ApiError({ ...status, metadata: { continue: token } })
}
