import { MAX_CODE_POINT } from './character-set.ts'
import { type NamedClass, perlClass } from './named-classes.ts'
import { PatternError } from './pattern-error.ts'
import type { Source } from './source.ts'
import { unicodeClass } from './unicode-classes.ts'

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** Reads an escape that stands for one character, such as `\n`, `\x{41}`, `\101` or `\.`. */
export function readEscapedCode(source: Source): number {
  const start = source.at
  const refuse = (): never => {
    throw new PatternError('invalid escape sequence', source.since(start))
  }
  source.accept('\\')
  const character = source.take()
  if (character === '') throw new PatternError('trailing backslash at end of expression', '')
  const control = Object.hasOwn(CONTROLS, character) ? CONTROLS[character] : undefined
  if (control !== undefined) return control
  if (character === 'x') return readHex(source) ?? refuse()
  if (/[0-7]/.test(character)) {
    // A digit alone would be a back-reference, which RE2 does not have.
    if (character !== '0' && !/[0-7]/.test(source.peek())) return refuse()
    return Number.parseInt(character + (source.match(/[0-7]{0,2}/y)?.[0] ?? ''), 8)
  }
  const code = character.codePointAt(0) ?? 0
  return code < 128 && !/[0-9A-Za-z]/.test(character) ? code : refuse()
}

/** The digits of `\x41` or `\x{41}`; undefined, having read up to what is wrong, when they are none. */
function readHex(source: Source): number | undefined {
  const braced = source.accept('{')
  let code = 0
  for (let digits = 0; braced || digits < 2; digits++) {
    const character = source.take()
    if (braced && character === '}') return digits > 0 ? code : undefined
    if (!/^[0-9A-Fa-f]$/.test(character)) {
      if (!braced && digits === 0) source.take()
      return undefined
    }
    code = code * 16 + Number.parseInt(character, 16)
    if (code > MAX_CODE_POINT) return undefined
  }
  return code
}

/** Reads `\d`, `\pL`, `\P{Greek}` and the like; undefined, having read nothing, when there is another escape. */
export function readEscapedClass(source: Source): NamedClass | undefined {
  if (!source.startsWith('\\')) return undefined
  const letter = source.text.charAt(source.at + 1)
  const perl = perlClass(letter)
  if (perl) {
    source.at += 2
    return perl
  }
  if (letter !== 'p' && letter !== 'P') return undefined
  const start = source.at
  source.at += 2
  const braced = source.peek() === '{'
  const end = source.text.indexOf('}', source.at)
  if (source.done || (braced && end < 0))
    throw new PatternError('invalid character class range', source.from(start))
  const name = braced ? source.text.slice(source.at + 1, end) : source.peek()
  source.at += braced ? name.length + 2 : name.length
  const isInverted = name.startsWith('^')
  const set = unicodeClass(isInverted ? name.slice(1) : name)
  if (!set) throw new PatternError('invalid character class range', source.since(start))
  return { set, negated: (letter === 'P') !== isInverted }
}
