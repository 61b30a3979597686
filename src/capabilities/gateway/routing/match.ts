import type { RequestHead } from '../http/request-head.ts'
import type { Rule } from './rule.ts'

/** Tells whether a pattern matches a whole value. */
export interface TextPattern {
  test(text: string): boolean
}
export type TextMatch = { name: string } & ({ exact: string } | { pattern: TextPattern })

/** One entry of a rule's `matches`, ready to be tried. Header names are in lower case, patterns are anchored. */
export interface RouteMatch {
  path: { kind: 'exact' | 'prefix'; value: string } | { kind: 'pattern'; value: string; pattern: TextPattern }
  method: string | undefined
  headers: readonly TextMatch[]
  query: readonly TextMatch[]
  rule: Rule
  /** Ties go to the older route, then by namespace and name, then by the order in it. */
  order: { created: string; route: string; rule: number; match: number }
}

/** Whether everything but the path fits. `buffer` is what the head was read from. */
export function matchesRest(match: RouteMatch, head: RequestHead, buffer: Buffer): boolean {
  if (match.method !== undefined && match.method !== head.method) return false
  for (const wanted of match.headers) {
    const value =
      wanted.name === 'host'
        ? buffer.toString('latin1', head.hostStart, head.hostEnd)
        : head.joined(buffer, wanted.name)
    if (value === undefined || !matchesText(wanted, value)) return false
  }
  if (match.query.length === 0) return true
  const query = new URLSearchParams(buffer.toString('latin1', head.pathEnd, head.targetEnd))
  return match.query.every(wanted => {
    const value = query.get(wanted.name)
    return value !== null && matchesText(wanted, value)
  })
}

const matchesText = (wanted: TextMatch, value: string): boolean =>
  'exact' in wanted ? wanted.exact === value : wanted.pattern.test(value)

/**
 * Precedence among matches of equal hostname, as HTTPRouteRule.matches says: exact path, then (ours, where the
 * specification leaves it open) regular expressions, then the longest prefix; then a method, more headers, more query
 * parameters; then the oldest route, its name, the rule's place.
 */
export function byPrecedence(a: RouteMatch, b: RouteMatch): number {
  return (
    rank[a.path.kind] - rank[b.path.kind] ||
    b.path.value.length - a.path.value.length ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length ||
    compare(a.order.created, b.order.created) ||
    compare(a.order.route, b.order.route) ||
    a.order.rule - b.order.rule ||
    a.order.match - b.order.match
  )
}
const rank = { exact: 0, pattern: 1, prefix: 2 } as const
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
