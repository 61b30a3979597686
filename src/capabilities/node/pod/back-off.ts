const INITIAL_MS = 10_000
const MAX_MS = 300_000
/** A container that ran this long since its last restart starts over: twice the longest delay, as the kubelet does. */
const FORGIVEN_AFTER_MS = 2 * MAX_MS

/** How long restarts of one container are held back: the delay in force, and when it was set. */
export interface BackOff {
  delayMs: number
  since: number
}

const isForgiven = (backOff: BackOff, failedAt: number): boolean =>
  failedAt - backOff.since > FORGIVEN_AFTER_MS

/** The back-off in force after an attempt at `now`, made because of a failure at `failedAt`: 10 s doubling to 5 min. */
export function nextBackOff(previous: BackOff | undefined, failedAt: number, now: number): BackOff {
  if (!previous || isForgiven(previous, failedAt)) return { delayMs: INITIAL_MS, since: now }
  return { delayMs: Math.min(previous.delayMs * 2, MAX_MS), since: now }
}

/** When the next attempt may be made after a failure at `failedAt`; the first one is at once. */
export function retryAt(backOff: BackOff | undefined, failedAt: number): number {
  return !backOff || isForgiven(backOff, failedAt) ? failedAt : failedAt + backOff.delayMs
}

/** `10s`, `2m40s`, `5m0s`: as Go prints a duration. */
export function inWords(delayMs: number): string {
  const seconds = Math.round(delayMs / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
