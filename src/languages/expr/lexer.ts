import { ExprError } from './expr-error.ts'

export type TokenKind = 'identifier' | 'number' | 'string' | 'operator' | 'bracket' | 'end'

export interface Token {
  kind: TokenKind
  value: string
  offset: number
}

const words = new Set([
  'in',
  'not',
  'and',
  'or',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  'let',
  'if',
  'else',
])
const symbols = [
  '::',
  '?.',
  '??',
  '==',
  '!=',
  '<=',
  '>=',
  '**',
  '..',
  '&&',
  '||',
  ...'?:<>+-*/%^!|.,=;#',
].sort((left, right) => right.length - left.length)

const number =
  /0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?/y
const identifier = /[\p{L}_$][\p{L}\p{N}_$]*/uy
const space = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y

/** Cuts an expression into tokens; the last is `end`. Throws ExprError. */
export function lex(source: string): Token[] {
  const tokens: Token[] = []
  let offset = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset
    return pattern.exec(source)?.[0]
  }
  while (offset < source.length) {
    const skipped = match(space)
    if (skipped) {
      offset += skipped.length
      continue
    }
    const token = next()
    tokens.push(token)
  }
  tokens.push({ kind: 'end', value: '', offset: source.length })
  return tokens

  function next(): Token {
    const start = offset
    const character = source[offset] ?? ''
    if (character === '"' || character === "'" || character === '`') {
      const { value, end } = readString(source, offset)
      offset = end
      return { kind: 'string', value, offset: start }
    }
    // A dot only starts a number where it cannot be a member access.
    const afterValue = ['identifier', 'number', 'string'].includes(tokens.at(-1)?.kind ?? '')
    const digits = /[0-9]/.test(character) || (character === '.' && !afterValue) ? match(number) : undefined
    if (digits) {
      offset += digits.length
      if (/[\p{L}_]/u.test(source[offset] ?? ''))
        throw new ExprError(`bad number syntax: "${digits}${source[offset]}"`, source, start)
      return { kind: 'number', value: digits, offset: start }
    }
    const word = match(identifier)
    if (word) {
      offset += word.length
      return { kind: words.has(word) ? 'operator' : 'identifier', value: word, offset: start }
    }
    if ('()[]{}'.includes(character)) {
      offset++
      return { kind: 'bracket', value: character, offset: start }
    }
    const symbol = symbols.find(candidate => source.startsWith(candidate, offset))
    if (!symbol) throw new ExprError(`unrecognized character: ${JSON.stringify(character)}`, source, offset)
    offset += symbol.length
    return { kind: 'operator', value: symbol, offset: start }
  }
}

const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
}
const codes: Record<string, { pattern: RegExp; base: number }> = {
  x: { pattern: /x([0-9a-fA-F]{2})/y, base: 16 },
  u: { pattern: /u([0-9a-fA-F]{4})/y, base: 16 },
  U: { pattern: /U([0-9a-fA-F]{8})/y, base: 16 },
}
const octal = /([0-7]{3})/y

function readString(source: string, start: number): { value: string; end: number } {
  const quote = source[start]
  let value = ''
  let offset = start + 1
  while (true) {
    const character = source[offset]
    if (character === undefined || (character === '\n' && quote !== '`'))
      throw new ExprError('literal not terminated', source, start)
    if (character === quote) {
      // A raw string holds a backtick by doubling it.
      if (quote !== '`' || source[offset + 1] !== '`') return { value, end: offset + 1 }
      offset++
    }
    if (character !== '\\' || quote === '`') {
      value += character
      offset++
      continue
    }
    const selector = source[offset + 1] ?? ''
    const plain = escapes[selector]
    if (plain !== undefined) {
      value += plain
      offset += 2
      continue
    }
    const { pattern, base } = codes[selector] ?? { pattern: octal, base: 8 }
    pattern.lastIndex = offset + 1
    const code = pattern.exec(source)
    const point = Number.parseInt(code?.[1] ?? '', base)
    if (!code || point > 0x10ffff) throw new ExprError('invalid char escape', source, offset)
    value += String.fromCodePoint(point)
    offset += 1 + code[0].length
  }
}
