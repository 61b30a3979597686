import { RealClock } from './clock.ts'

const POLL_MS = 10

/** For tests: resolves with the first value of `probe` that is neither undefined, null nor false; rejects after the deadline, saying what was awaited. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<Exclude<T, undefined | null | false>> {
  const clock = new RealClock({ keepAlive: true })
  const started = clock.elapsed()
  let last: unknown
  for (;;) {
    try {
      const value = await probe()
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>
      last = value
    } catch (error) {
      last = error
    }
    if (clock.elapsed() - started > deadlineMs)
      throw new Error(
        `waited ${deadlineMs} ms in vain for ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      )
    await clock.sleep(POLL_MS)
  }
}
