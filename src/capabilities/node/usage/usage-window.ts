import type { Usage } from '../../../apiserver/usage/usage-source.ts'

/** What something had used up to a moment: CPU since its start, memory then. */
export interface Reading {
  /** Milliseconds since the epoch. */
  at: number
  cpuNanoseconds: number
  memoryBytes: number
}

/** The last two readings of one run of something. */
export interface UsageWindow {
  from: Reading
  /** Absent after the first reading. */
  to?: Reading | undefined
}

/** Less is no average yet: as metrics-server's rule for fresh containers. */
const MIN_FRESH_MS = 10_000

/** Goes on with a new reading; `startedAt` says since when a first one counts, if that is known. */
export function nextWindow(
  previous: UsageWindow | undefined,
  reading: Reading,
  startedAt: number | undefined,
): UsageWindow {
  const last = previous && (previous.to ?? previous.from)
  const hasGoneOn = last && last.at < reading.at && last.cpuNanoseconds <= reading.cpuNanoseconds
  if (hasGoneOn) return { from: last, to: reading }
  if (startedAt !== undefined && reading.at - startedAt >= MIN_FRESH_MS)
    return { from: { at: startedAt, cpuNanoseconds: 0, memoryBytes: 0 }, to: reading }
  return { from: reading }
}

/** Undefined until there is a window. */
export function usageIn({ from, to }: UsageWindow): (Usage & { at: number; windowMs: number }) | undefined {
  if (!to) return undefined
  const windowMs = to.at - from.at
  return {
    at: to.at,
    windowMs,
    cpuNanocores: (to.cpuNanoseconds - from.cpuNanoseconds) / (windowMs / 1000),
    memoryBytes: to.memoryBytes,
  }
}
