const units: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/**
 * Milliseconds of a duration as Rollouts and AnalysisRuns write it: seconds as a number, or Go's `1h30m`, `10s`,
 * `500ms`. Undefined where it is none.
 */
export function durationMs(value: number | string): number | undefined {
  if (typeof value === 'number') return value * 1000
  if (/^\d+$/.test(value)) return Number(value) * 1000
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined
  return [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  )
}
