const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
}

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const UNITS = ['y', 'w', 'd', 'h', 'm', 's', 'ms']

/** Longest a duration may be: Go's int64 of nanoseconds, as upstream. */
const MAX_MS = Number(2n ** 63n / 1_000_000n)

/** Milliseconds of a Prometheus duration such as `1h30m` or `0`; undefined when it is none or too long. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = text === '' ? null : PATTERN.exec(text)
  if (!match) return undefined
  let ms = 0
  for (const [index, unit] of UNITS.entries()) ms += Number(match[index + 1] ?? 0) * (UNIT_MS[unit] ?? 0)
  return ms > MAX_MS ? undefined : ms
}
