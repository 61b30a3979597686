import { PatternError } from '../re2/pattern-error.ts'
import { METRIC_NAME } from './labels.ts'
import { type MatchOperator, type Matcher, matcher } from './matcher.ts'
import { unquote } from './string-literal.ts'
import type { VectorSelector } from './syntax.ts'
import type { Token } from './token.ts'
import type { TokenStream } from './token-stream.ts'

/** `name{label="value", …}`, from the token after the name, or from the brace when there is no name. */
export function parseSelector(tokens: TokenStream, name: Token | undefined): VectorSelector {
  const start = name ?? tokens.peek()
  const matchers: Matcher[] = []
  let metric = name?.text ?? ''
  let end = start.end
  if (tokens.is('{')) {
    const braces = parseBraces(tokens)
    end = braces.end
    for (const found of braces.matchers) {
      if (found.name === METRIC_NAME && metric !== '' && (name || found.quotedName))
        tokens.fail(start, `metric name must not be set twice: "${metric}" or "${found.matcher.value}"`)
      if (found.quotedName) metric = found.matcher.value
      matchers.push(found.matcher)
    }
  }
  if (name) matchers.push(matcher(METRIC_NAME, '=', name.text))
  if (matchers.every(condition => condition.matches('')))
    tokens.fail({ start: start.start, end }, 'vector selector must contain at least one non-empty matcher')
  if (metric === '')
    metric = matchers.find(found => found.name === METRIC_NAME && found.operator === '=')?.value ?? ''
  return { kind: 'selector', metric, matchers, offsetMs: 0, at: undefined, start: start.start, end }
}

interface Found {
  name: string
  matcher: Matcher
  /** The name of the metric in quotes, without a label name. */
  quotedName: boolean
}

function parseBraces(tokens: TokenStream): { matchers: Found[]; end: number } {
  tokens.take()
  const matchers: Found[] = []
  while (!tokens.is('}')) {
    matchers.push(parseMatcher(tokens))
    if (tokens.is('}')) break
    tokens.expect(',', 'label matching', '"," or "}"')
  }
  return { matchers, end: tokens.take().end }
}

function parseMatcher(tokens: TokenStream): Found {
  const label = tokens.peek()
  if (label.type !== 'identifier' && label.type !== 'string')
    tokens.unexpected('label matching', 'identifier or "}"')
  tokens.take()
  const name = label.type === 'string' ? (unquote(label.text) ?? '') : label.text
  const operator = tokens.peek()
  if (label.type === 'string' && (tokens.is(',') || tokens.is('}')))
    return { name: METRIC_NAME, matcher: matcher(METRIC_NAME, '=', name), quotedName: true }
  if (operator.type !== 'operator') tokens.unexpected('label matching', 'label matching operator')
  tokens.take()
  const value = tokens.string('label matching')
  try {
    // Inside braces the lexer yields these four operators only.
    return { name, matcher: matcher(name, operator.text as MatchOperator, value), quotedName: false }
  } catch (error) {
    if (error instanceof PatternError) tokens.fail(label, error.message)
    throw error
  }
}
