import { compile } from '../../../languages/re2/pattern.ts'
import { PatternError } from '../../../languages/re2/pattern-error.ts'
import type {
  HTTPRouteSpecRulesItemMatchesItem as Match,
  HTTPRouteSpecRulesItemMatchesItemHeadersItem as NamedMatch,
} from '../kinds/generated/http-route.ts'
import type { RouteMatch, TextMatch, TextPattern } from '../routing/match.ts'
import { unsupported } from './problem.ts'

/** What a match says, without the rule it belongs to. */
export type CompiledMatch = Pick<RouteMatch, 'path' | 'method' | 'headers' | 'query'>

/** Throws RefusedError for a pattern that does not compile; `where` is the field's path. */
export function compileMatch(match: Match, where: string): CompiledMatch {
  const value = match.path?.value ?? '/'
  const type = match.path?.type ?? 'PathPrefix'
  return {
    path:
      type === 'RegularExpression'
        ? { kind: 'pattern', value, pattern: anchored(value, `${where}.path.value`) }
        : { kind: type === 'Exact' ? 'exact' : 'prefix', value },
    method: match.method,
    headers: named(match.headers, `${where}.headers`, name => name.toLowerCase()),
    query: named(match.queryParams, `${where}.queryParams`, name => name),
  }
}

function named(
  matches: readonly NamedMatch[] | undefined,
  where: string,
  nameOf: (name: string) => string,
): TextMatch[] {
  const seen = new Set<string>()
  const result: TextMatch[] = []
  for (const [index, { name, type, value }] of (matches ?? []).entries()) {
    const key = nameOf(name)
    // Of several entries with one name, all but the first are ignored (HTTPRouteMatch).
    if (seen.has(key)) continue
    seen.add(key)
    result.push(
      type === 'RegularExpression'
        ? { name: key, pattern: anchored(value, `${where}[${index}].value`) }
        : { name: key, exact: value },
    )
  }
  return result
}

/** The pattern for a whole value, as Envoy matches. What RE2 refuses (look-around, back-references) is refused. */
function anchored(pattern: string, where: string): TextPattern {
  try {
    const compiled = compile(pattern)
    return { test: text => compiled.fullMatch(text) }
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    const hint = /\(\?<?[=!]|\\[1-9k]/.test(pattern) ? '; there is no look-around and no back-reference' : ''
    throw unsupported(`${where}: ${error.message}${hint}`)
  }
}
