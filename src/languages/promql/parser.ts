import { checkTypes } from './check-types.ts'
import { POWER_PRECEDENCE, parseLabelList, parseModifiers, precedenceAt } from './parse-binary.ts'
import { parseSelector } from './parse-selector.ts'
import { LEFT_OUT, SIGNATURES } from './signatures.ts'
import type {
  Aggregation,
  AggregationOperator,
  BinaryOperator,
  Call,
  Expression,
  TimeModifiers,
} from './syntax.ts'
import type { Token } from './token.ts'
import { TokenStream } from './token-stream.ts'

export interface ParseOptions {
  /** Upstream's `promql-experimental-functions`. */
  experimentalFunctions?: boolean
}

const MAX_DEPTH = 400
const MODIFIABLE = 'an instant vector selector or range vector selector or a subquery'

class Parser {
  readonly #tokens: TokenStream
  readonly #options: ParseOptions
  #depth = 0
  /** How many aggregations are open around this place: they are the context of what is unexpected inside. */
  #aggregations = 0

  constructor(query: string, options: ParseOptions) {
    this.#tokens = new TokenStream(query)
    this.#options = options
  }

  parse(): Expression {
    const tokens = this.#tokens
    if (tokens.peek().type === 'end') tokens.fail({ start: 0, end: 0 }, 'no expression found in input')
    const expression = this.#expression(0)
    if (tokens.peek().type !== 'end') tokens.unexpected()
    return expression
  }

  #unexpected(): never {
    return this.#tokens.unexpected(this.#aggregations > 0 ? 'aggregation' : '')
  }

  #expect(text: string): Token {
    if (!this.#tokens.is(text)) this.#unexpected()
    return this.#tokens.take()
  }

  #expression(minimum: number): Expression {
    const tokens = this.#tokens
    if (++this.#depth > MAX_DEPTH) tokens.fail(tokens.peek(), `expression nested deeper than ${MAX_DEPTH}`)
    let left = this.#unary()
    for (;;) {
      const precedence = precedenceAt(tokens)
      if (precedence === undefined || precedence < minimum) break
      const token = tokens.take()
      const modifiers = parseModifiers(tokens, token.text)
      const right = this.#expression(precedence === POWER_PRECEDENCE ? precedence : precedence + 1)
      left = {
        kind: 'binary',
        // The table of precedences names binary operators only.
        operator: token.text as BinaryOperator,
        left,
        right,
        returnBool: modifiers.returnBool,
        matching: modifiers.matching,
        start: left.start,
        end: right.end,
      }
      checkTypes.binary(tokens, left, { token, explicit: modifiers.explicit })
    }
    this.#depth--
    return left
  }

  #unary(): Expression {
    const tokens = this.#tokens
    if (!tokens.is('+') && !tokens.is('-')) return this.#postfix(this.#primary())
    const token = tokens.take()
    const operator = token.text === '-' ? '-' : '+'
    const expression = this.#expression(POWER_PRECEDENCE)
    const span = { start: token.start, end: expression.end }
    if (expression.kind === 'number')
      return { ...expression, ...span, value: operator === '-' ? -expression.value : expression.value }
    checkTypes.unary(tokens, span, expression)
    return { kind: 'unary', operator, expression, ...span }
  }

  #primary(): Expression {
    const tokens = this.#tokens
    const token = tokens.peek()
    const { start, end } = token
    switch (token.type) {
      case 'number':
      case 'duration':
        return { kind: 'number', value: tokens.number(), start, end }
      case 'string':
        return { kind: 'string', value: tokens.string(''), start, end }
      case 'aggregator':
        if (tokens.is('(', 1) || tokens.is('by', 1) || tokens.is('without', 1)) return this.#aggregation()
        return this.#named()
      case 'identifier':
        if (/^limit(?:k|_ratio)$/i.test(token.text) && (tokens.is('by', 1) || tokens.is('without', 1)))
          tokens.fail(token, `${token.text}() is experimental and not enabled`)
        return tokens.is('(', 1) ? this.#call() : this.#named()
      case 'metric identifier':
        return this.#named()
      case 'keyword':
        if (token.text === 'by' || token.text === 'without' || token.text === 'offset') return this.#named()
        break
      case 'operator':
        if (token.text === 'and' || token.text === 'or' || token.text === 'unless') return this.#named()
        break
      case 'punctuation':
        if (token.text === '{') return parseSelector(tokens, undefined)
        if (token.text === '(') {
          tokens.take()
          const expression = this.#expression(0)
          const close = this.#expect(')')
          return { kind: 'parenthesis', expression, start, end: close.end }
        }
    }
    return this.#unexpected()
  }

  /** A metric may be named like a keyword; its name is as written, not in lower case. */
  #named(): Expression {
    const token = this.#tokens.take()
    return parseSelector(this.#tokens, {
      ...token,
      text: this.#tokens.query.slice(token.start, token.end),
    })
  }

  #arguments(): { args: Expression[]; end: number } {
    const tokens = this.#tokens
    tokens.take()
    const args: Expression[] = []
    while (!tokens.is(')')) {
      args.push(this.#expression(0))
      if (tokens.is(')')) break
      const comma = this.#expect(',')
      if (tokens.is(')')) tokens.fail(comma, 'trailing commas not allowed in function call args')
    }
    return { args, end: tokens.take().end }
  }

  #call(): Call {
    const tokens = this.#tokens
    const name = tokens.take()
    // Its second argument is no expression, so there is no reading on.
    if (LEFT_OUT.has(name.text)) tokens.fail(name, `function "${name.text}" is not enabled`)
    const { args, end } = this.#arguments()
    const signature = SIGNATURES.get(name.text)
    if (!signature && (name.text === 'limitk' || name.text === 'limit_ratio'))
      tokens.fail(name, `${name.text}() is experimental and not enabled`)
    if (signature?.experimental && !this.#options.experimentalFunctions)
      tokens.fail(name, `function "${name.text}" is not enabled`)
    if (!signature) return tokens.fail(name, `unknown function with name "${name.text}"`)
    const call: Call = { kind: 'call', name: name.text, args, start: name.start, end }
    checkTypes.call(tokens, call, signature)
    return call
  }

  #aggregation(): Aggregation {
    const tokens = this.#tokens
    const name = tokens.take()
    let clause = this.#grouping()
    if (!tokens.is('(')) tokens.unexpected('aggregation')
    this.#aggregations++
    const { args, end } = this.#arguments()
    this.#aggregations--
    clause ??= this.#grouping()
    const aggregation = {
      kind: 'aggregation' as const,
      // The lexer calls only these words aggregators.
      operator: name.text as AggregationOperator,
      grouping: clause?.labels ?? [],
      without: clause?.without ?? false,
      start: name.start,
      end: Math.max(end, clause?.end ?? 0),
    }
    return checkTypes.aggregation(tokens, aggregation, args)
  }

  #grouping(): { labels: readonly string[]; without: boolean; end: number } | undefined {
    const tokens = this.#tokens
    if (!tokens.is('by') && !tokens.is('without')) return undefined
    const without = tokens.take().text === 'without'
    const labels = parseLabelList(tokens)
    return { labels, without, end: tokens.peek().start }
  }

  #postfix(primary: Expression): Expression {
    const tokens = this.#tokens
    let expression = primary
    const seen = new Set<string>()
    for (;;) {
      if (tokens.is('[')) {
        expression = this.#range(expression, seen)
        seen.clear()
      } else if (tokens.is('offset')) {
        tokens.take()
        if (seen.has('offset')) tokens.fail(expression, 'offset may not be set multiple times')
        seen.add('offset')
        expression = this.#modified(expression, 'offset', { offsetMs: this.#offset() })
      } else if (tokens.is('@')) {
        tokens.take()
        if (seen.has('@')) tokens.fail(expression, '@ <timestamp> may not be set multiple times')
        seen.add('@')
        expression = this.#modified(expression, '@', { at: this.#at() })
      } else if (this.#isSelector(expression) && /^(?:anchored|smoothed)$/i.test(tokens.peek().text)) {
        const { text } = tokens.peek()
        tokens.fail(tokens.peek(), `${text} modifier is experimental and not enabled`)
      } else return expression
    }
  }

  #isSelector({ kind }: Expression): boolean {
    return kind === 'selector' || kind === 'matrix'
  }

  #offset(): number {
    const tokens = this.#tokens
    const negative = tokens.is('-')
    if (negative || tokens.is('+')) tokens.take()
    const ms = tokens.duration('offset')
    return negative ? -ms : ms
  }

  #at(): TimeModifiers['at'] {
    const tokens = this.#tokens
    const word = tokens.peek().text
    if ((word === 'start' || word === 'end') && tokens.is('(', 1)) {
      tokens.take()
      tokens.take()
      tokens.expect(')', '@', '")"')
      return word
    }
    const negative = tokens.is('-')
    if (negative || tokens.is('+')) tokens.take()
    if (!tokens.isNumber()) tokens.unexpected('@', 'timestamp')
    const token = tokens.peek()
    const seconds = tokens.number()
    if (!Number.isFinite(seconds) || Math.abs(seconds) > Number.MAX_SAFE_INTEGER)
      tokens.fail(token, 'timestamp out of bounds for @ modifier: ' + seconds)
    return { ms: Math.round((negative ? -seconds : seconds) * 1000) }
  }

  #modified(expression: Expression, modifier: string, change: Partial<TimeModifiers>): Expression {
    const tokens = this.#tokens
    const end = tokens.peek(-1).end
    if (expression.kind === 'selector' || expression.kind === 'subquery')
      return { ...expression, ...change, end }
    if (expression.kind === 'matrix')
      return { ...expression, selector: { ...expression.selector, ...change }, end }
    return tokens.fail(expression, `${modifier} modifier must be preceded by ${MODIFIABLE}`)
  }

  #range(expression: Expression, seen: ReadonlySet<string>): Expression {
    const tokens = this.#tokens
    const open = tokens.take()
    const rangeMs = this.#positiveDuration('subquery or range selector')
    if (tokens.accept(':')) {
      const stepMs = tokens.is(']') ? 0 : this.#positiveDuration('subquery selector')
      const { end } = tokens.expect(']', 'subquery selector')
      checkTypes.subquery(tokens, expression)
      const { start } = expression
      return { kind: 'subquery', expression, rangeMs, stepMs, offsetMs: 0, at: undefined, start, end }
    }
    if (/^[-+*/%^]$/.test(tokens.peek().text))
      tokens.fail(tokens.peek(), 'experimental duration expression is not enabled')
    const { end } = tokens.expect(']', 'subquery or range', '":" or "]"')
    const span = { start: open.start, end }
    if (expression.kind !== 'selector') return tokens.fail(span, 'ranges only allowed for vector selectors')
    if (seen.has('offset')) tokens.fail(span, 'no offset modifiers allowed before range')
    if (seen.has('@')) tokens.fail(span, 'no @ modifiers allowed before range')
    return { kind: 'matrix', selector: expression, rangeMs, start: expression.start, end }
  }

  #positiveDuration(context: string): number {
    const token = this.#tokens.peek()
    const isNegative =
      this.#tokens.is('-') &&
      /^(?:number|duration)$/.test(this.#tokens.peek(1).type) &&
      (this.#tokens.is(']', 2) || this.#tokens.is(':', 2))
    const ms = isNegative ? -1 : this.#tokens.duration(context)
    return ms > 0 ? ms : this.#tokens.fail(token, 'duration must be greater than 0')
  }
}

/** Parses and type-checks a query. Throws ParseError with upstream's wording and position. */
export const parse = (query: string, options: ParseOptions = {}): Expression =>
  new Parser(query, options).parse()
