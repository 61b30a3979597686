import type { Span } from './syntax.ts'

/** A query that is no PromQL: `LINE:COLUMN: parse error: REASON`, as upstream words it. */
export class ParseError extends Error {
  override name = 'ParseError'
  readonly span: Span

  constructor(query: string, span: Span, reason: string) {
    super(`${positionOf(query, span.start)}: parse error: ${reason}`)
    this.span = span
  }
}

/** `LINE:COLUMN`, both from 1. */
export function positionOf(query: string, offset: number): string {
  const before = query.slice(0, offset)
  const lastBreak = before.lastIndexOf('\n')
  return `${before.split('\n').length}:${offset - lastBreak}`
}
