/** `3s`, `2m`, `5h`, `4d` since an RFC 3339 time; empty when there is none. */
export function age(time: string | undefined, now: number = Date.now()): string {
  if (!time) return ''
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000))
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 120) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`
}
