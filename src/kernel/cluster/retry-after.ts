/** How long to wait before asking again, where the answer says that this may help: 429 and 5xx with Retry-After in seconds, as client-go has it. */
export function retryAfterMs(code: number, header: string | undefined): number | undefined {
  if (code !== 429 && code < 500) return undefined
  if (header === undefined || !/^\d{1,5}$/.test(header)) return undefined
  return Number(header) * 1000
}
