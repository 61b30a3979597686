import type { BinaryOperator, Node } from './ast.ts'
import { ExprError } from './expr-error.ts'
import { lex, type Token } from './lexer.ts'
import { comparisons, negatable, precedences, synonyms, unaries } from './precedence.ts'
import { predicateShapes } from './predicates.ts'

const MAX_SOURCE = 65_536
const MAX_DEPTH = 250
// expr-lang's conf.DefaultMaxNodes.
const MAX_NODES = 10_000

/** Parses an expression. Throws ExprError with the place of the first mistake. */
export function parse(source: string, isBuiltin: (name: string) => boolean): Node {
  if (source.length > MAX_SOURCE)
    throw new ExprError(`the expression is longer than ${MAX_SOURCE} characters`, '', 0)
  return new Parser(source, isBuiltin).program()
}

class Parser {
  readonly #source: string
  readonly #tokens: Token[]
  readonly #isBuiltin: (name: string) => boolean
  #position = 0
  #predicateDepth = 0
  #depth = 0
  #nodes = 0

  constructor(source: string, isBuiltin: (name: string) => boolean) {
    this.#source = source
    this.#tokens = lex(source)
    this.#isBuiltin = isBuiltin
  }

  program(): Node {
    const node = this.#sequence()
    if (this.#current.kind !== 'end') this.#unexpected()
    return node
  }

  // The last token is `end`, and nothing moves past it.
  get #current(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] as Token
  }
  #fail(message: string, offset = this.#current.offset): never {
    throw new ExprError(message, this.#source, offset)
  }
  #unexpected(): never {
    const { kind, value } = this.#current
    return this.#fail(
      kind === 'end' ? 'unexpected end of expression' : `unexpected token ${JSON.stringify(value)}`,
    )
  }
  #is(kind: 'operator' | 'bracket', value: string): boolean {
    return this.#current.kind === kind && this.#current.value === value
  }
  #accept(kind: 'operator' | 'bracket', value: string): boolean {
    if (!this.#is(kind, value)) return false
    this.#position++
    return true
  }
  #expect(kind: 'operator' | 'bracket', value: string): void {
    if (!this.#accept(kind, value)) this.#unexpected()
  }
  #name(): Token {
    const token = this.#current
    if (token.kind !== 'identifier') this.#unexpected()
    this.#position++
    return token
  }
  #made(node: Node): Node {
    if (++this.#nodes > MAX_NODES) this.#fail(`the expression has more than ${MAX_NODES} parts`)
    return node
  }

  #sequence(): Node {
    const { offset } = this.#current
    const nodes = [this.#expression(0)]
    while (this.#accept('operator', ';')) {
      if (this.#current.kind === 'end' || this.#is('bracket', ')') || this.#is('bracket', '}')) break
      nodes.push(this.#expression(0))
    }
    return nodes.length === 1 ? (nodes[0] as Node) : this.#made({ type: 'sequence', nodes, offset })
  }

  #expression(precedence: number): Node {
    if (++this.#depth > MAX_DEPTH) this.#fail(`the expression is nested more than ${MAX_DEPTH} levels deep`)
    try {
      if (precedence === 0 && this.#is('operator', 'let')) return this.#let()
      if (precedence === 0 && this.#is('operator', 'if')) return this.#if()
      const node = this.#operators(this.#primary(), precedence)
      return precedence === 0 ? this.#conditional(node) : node
    } finally {
      this.#depth--
    }
  }

  #operators(first: Node, precedence: number): Node {
    let left = first
    let previous = ''
    while (this.#current.kind === 'operator') {
      const start = this.#current
      const negated = start.value === 'not'
      const token = negated ? (this.#tokens[this.#position + 1] as Token) : start
      if (negated && !negatable.has(token.value)) {
        this.#position++
        this.#unexpected()
      }
      const strength = precedences[token.value]
      if (strength === undefined || strength < precedence) break
      this.#position += negated ? 2 : 1
      if (token.value === '|') {
        left = this.#postfix(this.#call(this.#name(), [left]))
      } else if (previous === '??' && token.value !== '??') {
        this.#fail(
          `Operator (${token.value}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.`,
          token.offset,
        )
      } else if (comparisons.has(token.value)) {
        left = this.#comparison(left, token, strength)
      } else {
        const operator = synonyms[token.value] ?? (token.value as BinaryOperator)
        const right = this.#expression(operator === '**' ? strength : strength + 1)
        left = this.#made({ type: 'binary', operator, left, right, offset: token.offset })
        if (negated)
          left = this.#made({ type: 'unary', operator: 'not', operand: left, offset: start.offset })
      }
      previous = token.value
    }
    return left
  }

  /** `a < b < c` means `a < b and b < c`. */
  #comparison(first: Node, firstToken: Token, strength: number): Node {
    let [left, token] = [first, firstToken]
    let root: Node | undefined
    while (true) {
      const right = this.#expression(strength + 1)
      // Only comparison tokens get here.
      const operator = token.value as BinaryOperator
      const compared = this.#made({ type: 'binary', operator, left, right, offset: token.offset })
      root = root
        ? this.#made({ type: 'binary', operator: 'and', left: root, right: compared, offset: token.offset })
        : compared
      if (this.#current.kind !== 'operator' || !comparisons.has(this.#current.value)) return root
      left = right
      token = this.#current
      this.#position++
    }
  }

  #let(): Node {
    this.#expect('operator', 'let')
    const { value: name, offset } = this.#name()
    this.#expect('operator', '=')
    const value = this.#expression(0)
    this.#expect('operator', ';')
    return this.#made({ type: 'let', name, value, body: this.#sequence(), offset })
  }

  #if(): Node {
    const { offset } = this.#current
    this.#expect('operator', 'if')
    const test = this.#expression(0)
    const yes = this.#block()
    this.#expect('operator', 'else')
    const no = this.#is('operator', 'if') ? this.#if() : this.#block()
    return this.#made({ type: 'conditional', test, yes, no, offset })
  }
  #block(): Node {
    this.#expect('bracket', '{')
    const node = this.#sequence()
    this.#expect('bracket', '}')
    return node
  }

  #conditional(first: Node): Node {
    let node = first
    while (this.#is('operator', '?')) {
      const { offset } = this.#current
      this.#position++
      if (this.#accept('operator', ':')) {
        node = this.#made({ type: 'conditional', test: node, yes: node, no: this.#expression(0), offset })
        continue
      }
      const yes = this.#expression(0)
      this.#expect('operator', ':')
      node = this.#made({ type: 'conditional', test: node, yes, no: this.#expression(0), offset })
    }
    return node
  }

  #primary(): Node {
    const token = this.#current
    const { offset } = token
    if (token.kind === 'operator') {
      const unary = unaries[token.value]
      if (unary) {
        this.#position++
        const operand = this.#expression(unary.precedence)
        return this.#postfix(this.#made({ type: 'unary', operator: unary.operator, operand, offset }))
      }
      if (token.value === '#' || token.value === '.') return this.#postfix(this.#pointer())
      if (token.value === '::') {
        this.#position++
        return this.#postfix(this.#call(this.#name(), []))
      }
    }
    if (this.#accept('bracket', '(')) {
      const node = this.#sequence()
      this.#expect('bracket', ')')
      return this.#postfix(node)
    }
    return this.#postfix(this.#secondary())
  }

  #pointer(): Node {
    const { offset } = this.#current
    if (this.#predicateDepth === 0) this.#fail('cannot use pointer accessor outside predicate')
    let name: '' | 'acc' | 'index' = ''
    if (this.#accept('operator', '#') && this.#current.kind === 'identifier') {
      const { value } = this.#current
      if (value !== 'acc' && value !== 'index') this.#fail(`unknown pointer #${value}`)
      name = value as 'acc' | 'index'
      this.#position++
    }
    return this.#made({ type: 'pointer', name, offset })
  }

  #secondary(): Node {
    const token = this.#current
    const { offset } = token
    switch (token.kind) {
      case 'identifier':
        this.#position++
        if (token.value === 'true' || token.value === 'false')
          return this.#made({ type: 'literal', value: token.value === 'true', offset })
        if (token.value === 'nil') return this.#made({ type: 'nil', offset })
        if (this.#is('bracket', '(')) return this.#call(token, [])
        return this.#made({ type: 'name', name: token.value, offset })
      case 'number':
        this.#position++
        return this.#made({ type: 'literal', value: this.#number(token), offset })
      case 'string':
        this.#position++
        return this.#made({ type: 'literal', value: token.value, offset })
      default:
        if (this.#accept('bracket', '[')) return this.#made({ type: 'array', items: this.#list(']'), offset })
        if (this.#accept('bracket', '{')) return this.#map(offset)
        return this.#unexpected()
    }
  }

  #number({ value, offset }: Token): bigint | number {
    const digits = value.replaceAll('_', '')
    if (/^0[xbo]/i.test(digits) || !/[.e]/i.test(digits)) {
      const number = BigInt(digits)
      if (number >= 2n ** 63n) this.#fail('integer literal is too large', offset)
      return number
    }
    const number = Number(digits)
    if (!Number.isFinite(number)) this.#fail(`invalid float literal: ${value}`, offset)
    return number
  }

  /** Expressions between commas up to the closing bracket; a last comma is allowed. */
  #list(close: ')' | ']'): Node[] {
    const nodes: Node[] = []
    while (!this.#accept('bracket', close)) {
      if (nodes.length > 0) {
        this.#expect('operator', ',')
        if (this.#accept('bracket', close)) break
      }
      nodes.push(this.#expression(0))
    }
    return nodes
  }

  #map(offset: number): Node {
    const pairs: { key: Node; value: Node }[] = []
    while (!this.#accept('bracket', '}')) {
      if (pairs.length > 0) {
        this.#expect('operator', ',')
        if (this.#accept('bracket', '}')) break
      }
      const key = this.#mapKey()
      this.#expect('operator', ':')
      pairs.push({ key, value: this.#expression(0) })
    }
    return this.#made({ type: 'map', pairs, offset })
  }
  #mapKey(): Node {
    const { kind, value, offset } = this.#current
    if (kind === 'number' || kind === 'string' || kind === 'identifier') {
      this.#position++
      return this.#made({ type: 'literal', value, offset })
    }
    if (this.#is('bracket', '(')) return this.#expression(0)
    return this.#fail(
      'a map key must be a quoted string, a number, an identifier, or an expression enclosed in parentheses',
    )
  }

  #call(token: Token, given: Node[]): Node {
    const { value: name, offset } = token
    const shape = predicateShapes.get(name)
    this.#expect('bracket', '(')
    if (!shape) {
      const args = [...given, ...this.#list(')')]
      if (this.#isBuiltin(name)) return this.#made({ type: 'builtin', name, args, offset })
      const callee = this.#made({ type: 'name', name, offset })
      return this.#made({ type: 'call', callee, args, offset })
    }
    const args = [...given]
    for (const part of shape.slice(given.length)) {
      if (this.#is('bracket', ')')) {
        if (part.optional) break
        this.#fail(
          `${name} takes at least ${shape.filter(candidate => !candidate.optional).length} arguments`,
        )
      }
      if (args.length > given.length) this.#expect('operator', ',')
      args.push(part.predicate ? this.#predicate() : this.#expression(0))
    }
    this.#accept('operator', ',')
    this.#expect('bracket', ')')
    return this.#made({ type: 'builtin', name, args, offset })
  }

  #predicate(): Node {
    const braced = this.#accept('bracket', '{')
    this.#predicateDepth++
    const node = braced ? this.#sequence() : this.#expression(0)
    this.#predicateDepth--
    if (braced) this.#expect('bracket', '}')
    return node
  }

  #postfix(first: Node): Node {
    let node = first
    while (true) {
      const { offset } = this.#current
      const optional = this.#accept('operator', '?.')
      if ((optional && this.#accept('bracket', '[')) || (!optional && this.#accept('bracket', '['))) {
        node = this.#index(node, optional, offset)
      } else if (optional || this.#accept('operator', '.')) {
        node = this.#property(node, optional)
      } else return node
    }
  }

  #property(object: Node, optional: boolean): Node {
    const token = this.#current
    // Words that are operators elsewhere are valid names of members.
    if (token.kind !== 'identifier' && !(token.kind === 'operator' && /^\w+$/.test(token.value)))
      this.#fail('expected name')
    this.#position++
    const { offset } = token
    const isChain = object.type === 'chain'
    const property = this.#made({ type: 'literal', value: token.value, offset })
    const inner = isChain ? object.node : object
    let node = this.#made({ type: 'member', object: inner, property, optional, offset })
    if (this.#accept('bracket', '('))
      node = this.#made({ type: 'call', callee: node, args: this.#list(')'), offset })
    return isChain || optional ? this.#made({ type: 'chain', node, offset }) : node
  }

  #index(object: Node, optional: boolean, offset: number): Node {
    const from = this.#is('operator', ':') ? undefined : this.#expression(0)
    if (!this.#accept('operator', ':')) {
      this.#expect('bracket', ']')
      const property = from as Node // Without a colon the first expression was read.
      const node = this.#made({ type: 'member', object, property, optional, offset })
      return optional ? this.#made({ type: 'chain', node, offset }) : node
    }
    const to = this.#is('bracket', ']') ? undefined : this.#expression(0)
    this.#expect('bracket', ']')
    return this.#made({ type: 'slice', object, from, to, offset })
  }
}
