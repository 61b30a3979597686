import type { PathChange } from './rule.ts'

/** A path with its dot segments resolved (RFC 3986 section 5.2.4), `%2e` counting as a dot. */
export function withoutDots(path: string): string {
  const kept: string[] = []
  const segments = path.replace(/%2e/gi, '.').split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment === '.' || segment === '..') {
      if (isLast) kept.push('')
    } else kept.push(segment)
  }
  return `/${kept.join('/')}`
}

/** A prefix is compared by whole segments, so its trailing slash means nothing. */
export const normalPrefix = (prefix: string): string => prefix.replace(/\/+$/, '')

/** The path after a rewrite or redirect; `prefix` is what the match was for. */
export function changedPath(path: string, change: PathChange, prefix: string): string {
  if (change.kind === 'full') return change.path || '/'
  const rest = path.slice(normalPrefix(prefix).length)
  const start = normalPrefix(change.path)
  if (rest === '') return change.path || '/'
  return `${start}${rest.startsWith('/') ? rest : `/${rest}`}`
}
