/** Whether an operation in this phase is over. */
export const isFinished = (phase: string): boolean =>
  phase === 'Succeeded' || phase === 'Failed' || phase === 'Error'

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a Go duration such as `1m30s`, or undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit] ?? 0)
  return total
}

export interface RetryStrategy {
  limit?: number | undefined
  backoff?:
    | { duration?: string | undefined; factor?: number | undefined; maxDuration?: string | undefined }
    | undefined
}

/** The wait before retry number `count` (from 1), or undefined when there are no more. A negative limit has no end. */
export function retryDelay(strategy: RetryStrategy | undefined, count: number): number | undefined {
  const limit = strategy?.limit ?? 0
  if (limit >= 0 && count > limit) return undefined
  const { duration = '5s', factor = 2, maxDuration = '3m' } = strategy?.backoff ?? {}
  const base = parseDuration(duration) ?? 5_000
  return Math.min(parseDuration(maxDuration) ?? 180_000, base * factor ** (count - 1))
}
