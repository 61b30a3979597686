import { METRIC_NAME } from './labels.ts'
import { type Expression, unwrap } from './syntax.ts'

/** The labels that a missing series would have had: those that one equality matcher, and nothing else, speaks of. */
export function absentLabels(argument: Expression): Record<string, string> {
  const inner = unwrap(argument)
  const selector = inner.kind === 'matrix' ? inner.selector : inner.kind === 'selector' ? inner : undefined
  const labels: Record<string, string> = {}
  const seen = new Set<string>()
  for (const { name, operator, value } of selector?.matchers ?? []) {
    if (name === METRIC_NAME) continue
    if (operator === '=' && !seen.has(name)) {
      labels[name] = value
      seen.add(name)
    } else delete labels[name]
  }
  return labels
}
