import { SyntaxIssue } from './cel-error.ts'
import { type Token, tokensOf } from './lexer.ts'
import { expandMacro } from './macros.ts'
import type { Expression, FieldValue } from './syntax.ts'
import { Uint, type Value } from './value.ts'

/** As cel-go: deeper or longer expressions are refused. */
const MAX_DEPTH = 250
const MAX_LENGTH = 100_000

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const constants: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
])
const relations = new Set(['==', '!=', '<', '<=', '>', '>=', 'in'])

/** Parses an expression and expands its macros. Throws SyntaxIssue. */
export function parse(source: string): Expression {
  if (source.length > MAX_LENGTH)
    throw new SyntaxIssue(
      0,
      `expression code point size exceeds limit: size: ${source.length}, limit ${MAX_LENGTH}`,
    )
  return new Parser(tokensOf(source)).whole()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const expression = this.#expression()
    if (this.#next.type !== 'end') throw this.#mismatch('<EOF>')
    return expression
  }

  get #next(): Token {
    // The last token is the end, which nothing moves past.
    return this.#tokens[this.#at] as Token
  }

  #mismatch(expected: string): SyntaxIssue {
    const { text, offset } = this.#next
    return new SyntaxIssue(offset, `Syntax error: mismatched input '${text}' expecting ${expected}`)
  }

  #is(text: string): boolean {
    return this.#next.type !== 'literal' && this.#next.text === text
  }

  #accept(text: string): Token | undefined {
    if (!this.#is(text)) return undefined
    const token = this.#next
    this.#at++
    return token
  }

  #expect(text: string): Token {
    const token = this.#accept(text)
    if (!token) throw this.#mismatch(`'${text}'`)
    return token
  }

  #name(): string {
    const { type, text } = this.#next
    if (type !== 'identifier' || constants.has(text) || text === 'in') throw this.#mismatch('IDENTIFIER')
    this.#at++
    return text
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH)
      throw new SyntaxIssue(this.#next.offset, `expression recursion limit exceeded: ${MAX_DEPTH}`)
    const condition = this.#or()
    const question = this.#accept('?')
    if (!question) {
      this.#depth--
      return condition
    }
    const then = this.#or()
    this.#expect(':')
    const otherwise = this.#expression()
    this.#depth--
    return call('_?_:_', question.offset, [condition, then, otherwise])
  }

  #or(): Expression {
    return this.#logic('||', () => this.#logic('&&', () => this.#relation()))
  }

  /** A chain of `&&` or `||` becomes a tree of little depth, as in cel-go. */
  #logic(operator: string, operand: () => Expression): Expression {
    const terms = [operand()]
    const offsets: number[] = []
    for (let token = this.#accept(operator); token; token = this.#accept(operator)) {
      offsets.push(token.offset)
      terms.push(operand())
    }
    return balanced(`_${operator}_`, terms, offsets)
  }

  #relation(): Expression {
    return this.#binary(relations, () =>
      this.#binary(['+', '-'], () => this.#binary(['*', '/', '%'], () => this.#unary())),
    )
  }

  #binary(operators: Iterable<string>, operand: () => Expression): Expression {
    const known = new Set(operators)
    let left = operand()
    for (let count = 1; this.#next.type !== 'literal' && known.has(this.#next.text); count++) {
      if (count > MAX_DEPTH)
        throw new SyntaxIssue(this.#next.offset, `expression recursion limit exceeded: ${MAX_DEPTH}`)
      const { text, offset } = this.#next
      this.#at++
      left = call(text === 'in' ? '@in' : `_${text}_`, offset, [left, operand()])
    }
    return left
  }

  #unary(): Expression {
    const { offset } = this.#next
    let count = 0
    if (this.#is('!')) {
      while (this.#accept('!')) count++
      const operand = this.#member()
      return count % 2 === 1 ? call('!_', offset, [operand]) : operand
    }
    if (!this.#is('-')) return this.#member()
    while (this.#accept('-')) count++
    if (count === 1 && this.#next.isNumber) return this.#member(offset)
    const operand = this.#member()
    return count % 2 === 1 ? call('-_', offset, [operand]) : operand
  }

  /** `minus` is where the sign of a number stands. */
  #member(minus?: number): Expression {
    let member = this.#primary(minus)
    for (let links = 0; ; links++) {
      if (links > MAX_DEPTH)
        throw new SyntaxIssue(this.#next.offset, `expression recursion limit exceeded: ${MAX_DEPTH}`)
      const token = this.#accept('.') ?? this.#accept('[')
      if (!token) return member
      const { offset } = token
      const isOptional = this.#accept('?') !== undefined
      if (token.text === '[') {
        const index = this.#expression()
        this.#expect(']')
        member = call(isOptional ? '_[?_]' : '_[_]', offset, [member, index])
        continue
      }
      const name = this.#name()
      if (isOptional) {
        const field: Expression = { kind: 'literal', offset, value: name }
        member = call('_?._', offset, [member, field])
      } else if (this.#is('(')) member = this.#call(name, member)
      else if (this.#is('{') && isQualified(member)) member = this.#object(`${nameOf(member)}.${name}`)
      else member = { kind: 'select', offset, operand: member, field: name, testOnly: false }
    }
  }

  #call(name: string, target: Expression | undefined): Expression {
    const { offset } = this.#expect('(')
    const given: Expression[] = []
    while (!this.#is(')')) {
      given.push(this.#expression())
      if (!this.#accept(',')) break
    }
    this.#expect(')')
    const found = { kind: 'call', offset, name, target, arguments: given } as const
    return expandMacro(found) ?? found
  }

  #primary(minus: number | undefined): Expression {
    const token = this.#next
    const { offset, text } = token
    if (token.type === 'literal') {
      this.#at++
      return { kind: 'literal', offset: minus ?? offset, value: this.#literal(token, minus !== undefined) }
    }
    if (this.#accept('(')) {
      const inner = this.#expression()
      this.#expect(')')
      return inner
    }
    if (this.#is('[')) return this.#list()
    if (this.#is('{')) return this.#map()
    const constant = constants.get(text)
    if (constant !== undefined) {
      this.#at++
      return { kind: 'literal', offset, value: constant }
    }
    const isAbsolute = this.#accept('.') !== undefined
    const { type } = this.#next
    if (type !== 'identifier' || this.#next.text === 'in') throw this.#mismatch(EXPECTED)
    const name = this.#name()
    if (reserved.has(name)) throw new SyntaxIssue(offset, `reserved identifier: ${name}`)
    if (this.#is('(')) return this.#call(name, undefined)
    if (this.#is('{')) return this.#object(name)
    return { kind: 'identifier', offset, name: isAbsolute ? `.${name}` : name }
  }

  #literal({ value, offset }: Token, isNegative: boolean): Value {
    if (typeof value === 'bigint') {
      const signed = isNegative ? -value : value
      if (BigInt.asIntN(64, signed) !== signed) throw new SyntaxIssue(offset, 'invalid int literal')
      return signed
    }
    if (value instanceof Uint) {
      if (isNegative || BigInt.asUintN(64, value.value) !== value.value)
        throw new SyntaxIssue(offset, 'invalid uint literal')
      return value
    }
    if (typeof value === 'number') return isNegative ? -value : value
    // Literals have values.
    return value as Value
  }

  #list(): Expression {
    const { offset } = this.#expect('[')
    const elements: Expression[] = []
    const optional = new Set<number>()
    while (!this.#is(']')) {
      if (this.#accept('?')) optional.add(elements.length)
      elements.push(this.#expression())
      if (!this.#accept(',')) break
    }
    this.#expect(']')
    return { kind: 'list', offset, elements, optional }
  }

  #map(): Expression {
    const { offset } = this.#expect('{')
    const entries: { key: Expression; value: Expression; optional: boolean }[] = []
    while (!this.#is('}')) {
      const optional = this.#accept('?') !== undefined
      const key = this.#expression()
      this.#expect(':')
      entries.push({ key, value: this.#expression(), optional })
      if (!this.#accept(',')) break
    }
    this.#expect('}')
    return { kind: 'map', offset, entries }
  }

  /** `Name{field: value}`. */
  #object(name: string): Expression {
    const { offset } = this.#expect('{')
    const fields: FieldValue[] = []
    while (!this.#is('}')) {
      const optional = this.#accept('?') !== undefined
      const field = this.#name()
      const colon = this.#expect(':')
      fields.push({ name: field, value: this.#expression(), optional, offset: colon.offset })
      if (!this.#accept(',')) break
    }
    this.#expect('}')
    return { kind: 'object', offset, name, fields }
  }
}

const call = (name: string, offset: number, given: readonly Expression[]): Expression => ({
  kind: 'call',
  offset,
  name,
  target: undefined,
  arguments: given,
})

function balanced(name: string, terms: readonly Expression[], offsets: readonly number[]): Expression {
  const [first] = terms
  if (first && terms.length === 1) return first
  const middle = Math.floor(offsets.length / 2)
  const left = balanced(name, terms.slice(0, middle + 1), offsets.slice(0, middle))
  const right = balanced(name, terms.slice(middle + 1), offsets.slice(middle + 1))
  return call(name, offsets[middle] ?? 0, [left, right])
}

const isQualified = (expression: Expression): boolean =>
  expression.kind === 'identifier' ||
  (expression.kind === 'select' && !expression.testOnly && isQualified(expression.operand))

/** `a.b.c` of selects over an identifier; undefined for all else. */
export function nameOf(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.name
  if (expression.kind !== 'select' || expression.testOnly) return undefined
  const prefix = nameOf(expression.operand)
  return prefix === undefined ? undefined : `${prefix}.${expression.field}`
}
