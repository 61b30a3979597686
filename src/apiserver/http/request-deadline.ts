import { apiError } from '../../kube/status.ts'
import { parseDuration } from '../../lib/go-duration.ts'
import { longRunning } from './access.ts'
import type { Exchange } from './handler.ts'
import { isTrue } from './query.ts'

/** Longer ones are upstream's own time for a request (--request-timeout). */
const MAX_MS = 60_000

/** Does the work of a request within the time that its client gives it as `timeout`. Throws ApiError 400 and 504 in upstream's words. */
export async function withinDeadline<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
  const ms = deadlineOf(exchange)
  if (ms === undefined) return work()
  let isLate = (_error: Error): void => {}
  const late = new Promise<never>((_, reject) => {
    isLate = reject
  })
  const timer = exchange.core.clock.after(ms, () =>
    isLate(apiError('Timeout', 'Timeout: request did not complete within the allotted timeout', {})),
  )
  const answered = work()
  // What the work comes to after its time nobody hears.
  answered.catch(() => {})
  try {
    return await Promise.race([answered, late])
  } finally {
    timer[Symbol.dispose]()
  }
}

function deadlineOf({ query, target }: Exchange): number | undefined {
  const text = query.get('timeout')
  if (!text || isTrue(query, 'watch') || longRunning.has(target?.subresource ?? '')) return undefined
  try {
    const ms = parseDuration(text)
    return ms > 0 && ms < MAX_MS ? ms : undefined
  } catch (error) {
    const why = (error as Error).message
    throw apiError('BadRequest', `invalid timeout specified in the request URL - ${why}`, {}, error)
  }
}
