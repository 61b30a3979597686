/** Time as an input. The implementations, real and virtual, are in `kernel/clock.ts`. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds from an arbitrary origin, never going back; fractions are kept. For durations. */
  elapsed(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `fire` once after `ms`; disposing cancels. */
  after(ms: number, fire: () => void): Disposable
  /** Calls `fire` every `ms` until disposed. */
  every(ms: number, fire: () => void): Disposable
}

/** RFC 3339 in UTC with whole seconds, as `metav1.Time` is written. */
export function toTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== lastTime.second) lastTime = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` }
  return lastTime.text
}

/** Most times that are written are now: every write of a second carries the same. */
let lastTime = { second: Number.NaN, text: '' }

/** RFC 3339 in UTC with microseconds, as `metav1.MicroTime` is written. */
export const toMicroTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000Z`
