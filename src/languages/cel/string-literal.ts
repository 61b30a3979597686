import { SyntaxIssue } from './cel-error.ts'

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
}

/** A numeric escape: how many digits follow, of what kind, and where they stop meaning a character. */
const numericEscapes: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 }

/** The text of a string literal's inside, with its escapes replaced. Throws SyntaxIssue. */
export function unescapeText(body: string, offset: number): string {
  let text = ''
  for (const part of escapesOf(body, offset)) {
    if (typeof part === 'string') text += part
    else if (part.code > 0x10ffff || (part.code >= 0xd800 && part.code < 0xe000))
      throw new SyntaxIssue(offset, 'Syntax error: invalid unicode code point')
    else text += String.fromCodePoint(part.code)
  }
  return text
}

/** The bytes of a bytes literal's inside: text as UTF-8, `\xNN` and octal escapes as they are. */
export function unescapeBytes(body: string, offset: number): Uint8Array {
  const bytes: number[] = []
  for (const part of escapesOf(body, offset)) {
    if (typeof part === 'string') bytes.push(...new TextEncoder().encode(part))
    else if (part.isUnicode)
      throw new SyntaxIssue(offset, 'Syntax error: unable to unescape string: unicode escape in bytes')
    else bytes.push(part.code)
  }
  return Uint8Array.from(bytes)
}

function* escapesOf(
  body: string,
  offset: number,
): Generator<string | { readonly code: number; readonly isUnicode: boolean }> {
  for (let at = 0; at < body.length; ) {
    const backslash = body.indexOf('\\', at)
    if (backslash < 0) {
      yield body.slice(at)
      return
    }
    if (backslash > at) yield body.slice(at, backslash)
    const letter = body[backslash + 1] ?? ''
    const simple = simpleEscapes[letter]
    const digits = numericEscapes[letter]
    if (simple !== undefined) {
      yield simple
      at = backslash + 2
      continue
    }
    const [start, length, base] = digits === undefined ? [backslash + 1, 3, 8] : [backslash + 2, digits, 16]
    const number = body.slice(start, start + length)
    const isNumber = base === 16 ? /^[0-9a-fA-F]+$/.test(number) : /^[0-3][0-7]{2}$/.test(number)
    if (!isNumber || number.length < length)
      throw new SyntaxIssue(offset, 'Syntax error: unable to unescape string: invalid escape sequence')
    yield { code: Number.parseInt(number, base), isUnicode: letter === 'u' || letter === 'U' }
    at = start + length
  }
}
