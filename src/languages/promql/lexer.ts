import { quote } from './format.ts'
import { isAggregation } from './syntax.ts'
import type { Token, TokenType } from './token.ts'

const KEYWORDS = new Set(['offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool'])
const WORD_OPERATORS = new Set(['and', 'or', 'unless', 'atan2'])
const OPERATOR = /^(?:==|!=|=~|<=|>=|[-+*/%^<>=@])/
const CLOSING: Record<string, string> = { '(': ')', '{': '}', '[': ']' }

class Lexer {
  readonly #text: string
  readonly #tokens: Token[] = []
  #at = 0
  /** The brackets that are open, innermost last. */
  readonly #open: string[] = []

  constructor(text: string) {
    this.#text = text
  }

  run(): Token[] {
    while (this.#next());
    return this.#tokens
  }

  #push(type: TokenType, text: string, end: number): true {
    this.#tokens.push({ type, text, start: this.#at, end })
    this.#at = end
    return true
  }

  /** The rest of the text after a mistake has no meaning, so reading ends there. */
  #fail(reason: string, start = this.#at, end = this.#at): false {
    this.#tokens.push({ type: 'error', text: reason, start, end: Math.max(end, start) })
    return false
  }

  #next(): boolean {
    const skipped = /^(?:[ \t\n\r]+|#[^\n\r]*)+/.exec(this.#text.slice(this.#at))
    if (skipped) this.#at += skipped[0].length
    if (this.#at >= this.#text.length) return this.#end()
    return this.#open.at(-1) === '{' ? this.#insideBraces() : this.#statement()
  }

  #end(): false {
    const open = this.#open.at(-1)
    if (open === '{') return this.#fail('unexpected end of input inside braces')
    if (open === '[') return this.#fail('unclosed left bracket')
    if (open === '(') return this.#fail('unclosed left parenthesis')
    this.#push('end', '', this.#at)
    return false
  }

  #statement(): boolean {
    const character = this.#text[this.#at] ?? ''
    if (character === '(' || character === '{' || character === '[') return this.#opening(character)
    if (character === ')' || character === '}' || character === ']') return this.#closing(character)
    if (character === ',') return this.#push('punctuation', character, this.#at + 1)
    if (/^(?:\d|\.\d)/.test(this.#text.slice(this.#at, this.#at + 2))) return this.#number()
    const isQuote = character === '"' || character === "'" || character === '`'
    if (isQuote && this.#open.at(-1) === '[')
      return this.#fail(`unexpected character in duration expression: '${character}'`)
    if (isQuote) return this.#string(character)
    if (character === ':' && this.#open.at(-1) === '[')
      return this.#push('punctuation', character, this.#at + 1)
    if (/[A-Za-z_:]/.test(character)) return this.#word()
    return this.#operator(character)
  }

  #operator(character: string): boolean {
    if (/^[<>]\/$/.test(this.#text.slice(this.#at, this.#at + 2)))
      return this.#fail('operators on native histograms are experimental and not enabled')
    const operator = OPERATOR.exec(this.#text.slice(this.#at, this.#at + 2))?.[0]
    if (operator === '=~') return this.#fail(`unexpected character after '=': '~'`)
    if (operator) return this.#push('operator', operator, this.#at + operator.length)
    if (character === '!')
      return this.#fail(`unexpected character after '!': '${this.#text[this.#at + 1] ?? ''}'`)
    return this.#fail(`unexpected character: '${character}'`)
  }

  #opening(character: string): boolean {
    if (character === '[' && this.#open.includes('['))
      return this.#fail(`unexpected left bracket '${character}'`)
    this.#open.push(character)
    return this.#push('punctuation', character, this.#at + 1)
  }

  #closing(character: string): boolean {
    const kind = character === ')' ? 'parenthesis' : 'bracket'
    const open = this.#open.at(-1)
    if (open === undefined || CLOSING[open] !== character) {
      if (character === '}') return this.#fail(`unexpected character: '}'`)
      // Upstream has read a parenthesis before it notices that none is open.
      return this.#fail(`unexpected right ${kind} '${character}'`, this.#at + (character === ')' ? 1 : 0))
    }
    this.#open.pop()
    return this.#push('punctuation', character, this.#at + 1)
  }

  #insideBraces(): boolean {
    const character = this.#text[this.#at] ?? ''
    if (/[A-Za-z_]/.test(character)) {
      const word = /^\w+/.exec(this.#text.slice(this.#at))?.[0] ?? ''
      return this.#push('identifier', word, this.#at + word.length)
    }
    if (character === ',') return this.#push('punctuation', character, this.#at + 1)
    if (character === '"' || character === "'" || character === '`') return this.#string(character)
    if (character === '}') return this.#closing(character)
    if (character === '{') return this.#fail("unexpected left brace '{'", this.#at + 1)
    const operator = /^(?:=~|!~|!=|=)/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0]
    if (operator) return this.#push('operator', operator, this.#at + operator.length)
    if (character === '!')
      return this.#fail(`unexpected character after '!' inside braces: '${this.#text[this.#at + 1] ?? ''}'`)
    return this.#fail(`unexpected character inside braces: '${character}'`)
  }

  #word(): boolean {
    const word = /^[\w:]+/.exec(this.#text.slice(this.#at))?.[0] ?? ''
    const end = this.#at + word.length
    const lower = word.toLowerCase()
    if (word.includes(':')) return this.#push('metric identifier', word, end)
    if (lower === 'inf' || lower === 'nan') return this.#push('number', word, end)
    if (KEYWORDS.has(lower)) return this.#push('keyword', lower, end)
    if (WORD_OPERATORS.has(lower)) return this.#push('operator', lower, end)
    if (isAggregation(lower)) return this.#push('aggregator', lower, end)
    return this.#push('identifier', word, end)
  }

  #number(): boolean {
    const rest = this.#text.slice(this.#at)
    const number =
      /^(?:0[xX][0-9A-Fa-f](?:_?[0-9A-Fa-f])*|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][-+]?\d+)?)/.exec(
        rest,
      )?.[0] ?? ''
    if (number !== '' && !/^[\w.]/.test(rest.slice(number.length)))
      return this.#push('number', number, this.#at + number.length)
    // Whether its units are in order is for the parser to say.
    const duration = /^(?:\d+[smhdwy]s?)+/.exec(rest)?.[0] ?? ''
    if (duration !== '' && !/^[\w.]/.test(rest.slice(duration.length)))
      return this.#push('duration', duration, this.#at + duration.length)
    const bad = rest.slice(0, Math.max(number.length, duration.length) + 1)
    return this.#fail(`bad number or duration syntax: ${quote(bad)}`)
  }

  #string(delimiter: string): boolean {
    const raw = delimiter === '`'
    let end = this.#at + 1
    while (end < this.#text.length && this.#text[end] !== delimiter) {
      if (!raw && this.#text[end] === '\n') break
      end += !raw && this.#text[end] === '\\' ? 2 : 1
    }
    if (this.#text[end] !== delimiter)
      return this.#fail(raw ? 'unterminated raw string' : 'unterminated quoted string')
    return this.#push('string', this.#text.slice(this.#at, end + 1), end + 1)
  }
}

/** The query's tokens, ending with `end`, or with `error` where it cannot be read on. */
export const tokenize = (query: string): Token[] => new Lexer(query).run()
