import { type CharacterSet, complement } from './character-set.ts'

const DIGIT = [0x30, 0x39]
const UPPER = [0x41, 0x5a]
const LOWER = [0x61, 0x7a]

/** RE2's word characters are ASCII, in classes and at \b. */
export const WORD: CharacterSet = [...DIGIT, ...UPPER, 0x5f, 0x5f, ...LOWER]
// Perl's \s has no vertical tab, unlike [[:space:]] (RE2's syntax, "Perl character classes").
const PERL_SPACE: CharacterSet = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20]

const perl: Readonly<Record<string, CharacterSet>> = { d: DIGIT, w: WORD, s: PERL_SPACE }
const posix: Readonly<Record<string, CharacterSet>> = {
  alnum: [...DIGIT, ...UPPER, ...LOWER],
  alpha: [...UPPER, ...LOWER],
  ascii: [0, 0x7f],
  blank: [0x09, 0x09, 0x20, 0x20],
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: DIGIT,
  graph: [0x21, 0x7e],
  lower: LOWER,
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [0x09, 0x0d, 0x20, 0x20],
  upper: UPPER,
  word: WORD,
  xdigit: [...DIGIT, 0x41, 0x46, 0x61, 0x66],
}

/** A class by name, with what it means to fold it: folding comes before negation. */
export interface NamedClass {
  set: CharacterSet
  negated: boolean
}

/** `d`, `W` … of `\d`, `\W`. */
export function perlClass(letter: string): NamedClass | undefined {
  const lower = letter.toLowerCase()
  const set = Object.hasOwn(perl, lower) ? perl[lower] : undefined
  return set && { set, negated: letter !== lower }
}

/** `alpha` or `^alpha` of `[[:alpha:]]`. */
export function posixClass(name: string): NamedClass | undefined {
  const negated = name.startsWith('^')
  const key = negated ? name.slice(1) : name
  const set = Object.hasOwn(posix, key) ? posix[key] : undefined
  return set && { set, negated }
}

export const resolved = ({ set, negated }: NamedClass, fold: (set: CharacterSet) => CharacterSet) =>
  negated ? complement(fold(set)) : fold(set)
