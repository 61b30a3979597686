import { SyntaxIssue } from './cel-error.ts'
import { unescapeBytes, unescapeText } from './string-literal.ts'
import type { Value } from './value.ts'
import { Uint } from './value.ts'

export interface Token {
  readonly type: 'literal' | 'identifier' | 'operator' | 'end'
  /** As it is written; `<EOF>` at the end. */
  readonly text: string
  readonly offset: number
  readonly value?: Value
  /** Of numbers, which a minus in front belongs to. */
  readonly isNumber?: boolean
}

const space = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y
const float = /(?:[0-9]+(?:\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y
const integer = /(?:0x[0-9a-fA-F]+|[0-9]+)([uU]?)/y
const operator = /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y
const quoted = /([rRbB]{0,2})("""|'''|"|')/y

/** Splits an expression into tokens; the last is `<EOF>`. Throws SyntaxIssue. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (expression: RegExp): RegExpExecArray | undefined => {
    expression.lastIndex = at
    return expression.exec(source) ?? undefined
  }
  for (;;) {
    at += match(space)?.[0].length ?? 0
    if (at >= source.length) break
    const token = stringAt(source, at, match(quoted)) ?? numberAt(at, match(float), match(integer))
    const name = token ? undefined : match(identifier)?.[0]
    const sign = token || name ? undefined : match(operator)?.[0]
    const next: Token | undefined =
      token ??
      (name !== undefined
        ? { type: 'identifier', text: name, offset: at }
        : sign !== undefined
          ? { type: 'operator', text: sign, offset: at }
          : undefined)
    if (!next) {
      const character = String.fromCodePoint(source.codePointAt(at) ?? 0)
      throw new SyntaxIssue(at, `Syntax error: token recognition error at: '${character}'`)
    }
    tokens.push(next)
    at += next.text.length
  }
  tokens.push({ type: 'end', text: '<EOF>', offset: source.length })
  return tokens
}

function numberAt(
  offset: number,
  floating: RegExpExecArray | undefined,
  whole: RegExpExecArray | undefined,
): Token | undefined {
  if (floating)
    return { type: 'literal', text: floating[0], offset, value: Number(floating[0]), isNumber: true }
  if (!whole) return undefined
  const [text, suffix] = whole
  const isUnsigned = suffix !== ''
  const value = BigInt(isUnsigned ? text.slice(0, -1) : text)
  return { type: 'literal', text, offset, value: isUnsigned ? new Uint(value) : value, isNumber: true }
}

function stringAt(source: string, offset: number, head: RegExpExecArray | undefined): Token | undefined {
  if (!head) return undefined
  const [opening, prefix = '', quote = ''] = head
  const start = offset + opening.length
  const isRaw = /r/i.test(prefix)
  const isBytes = /b/i.test(prefix)
  const end = endOf(source, start, quote, isRaw)
  if (end === undefined)
    throw new SyntaxIssue(offset, `Syntax error: token recognition error at: '${source.slice(offset)}'`)
  const body = source.slice(start, end).replaceAll('\r\n', '\n')
  const text = source.slice(offset, end + quote.length)
  const raw = isBytes ? () => new TextEncoder().encode(body) : () => body
  const cooked = isBytes ? () => unescapeBytes(body, offset) : () => unescapeText(body, offset)
  return { type: 'literal', text, offset, value: isRaw ? raw() : cooked() }
}

/** Where the closing quote begins. */
function endOf(source: string, start: number, quote: string, isRaw: boolean): number | undefined {
  for (let at = start; at < source.length; at++) {
    if (source[at] === '\\' && !isRaw) at++
    else if (source.startsWith(quote, at)) return at
    else if (quote.length === 1 && (source[at] === '\n' || source[at] === '\r')) return undefined
  }
  return undefined
}
