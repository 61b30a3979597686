/** Formats milliseconds as Go does: `1h30m0s`, `1.5s`, `10ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  const sign = ms < 0 ? '-' : ''
  const magnitude = Math.abs(ms)
  // Exact in nanoseconds, since 1.1 ms must not become 1.1000000000000001ms.
  const number = (value: number) => String(Number(value.toFixed(9)))
  if (magnitude < 1000) {
    const [unit, size] = magnitude >= 1 ? ['ms', 1] : magnitude >= 1e-3 ? ['µs', 1e-3] : ['ns', 1e-6]
    return `${sign}${number(magnitude / (size as number))}${unit}`
  }
  const hours = Math.floor(magnitude / 3_600_000)
  const minutes = Math.floor((magnitude % 3_600_000) / 60_000)
  const seconds = `${number((magnitude % 60_000) / 1000)}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}

/** An age as kubectl shows it: `5s`, `2m30s`, `15m`, `3h12m`, `5d`, `2y10d`. Negative up to a second is `0s`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60 * 2) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`
  if (minutes < 60 * 3) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (hours < 24 * 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.floor(days / 365)
  if (hours < 24 * 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`
  return `${years}y`
}
