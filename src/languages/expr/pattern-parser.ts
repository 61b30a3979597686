import { OperationError } from './expr-error.ts'

/** A set of code points as ranges, both ends included. */
export interface CharacterSet {
  ranges: readonly (readonly [number, number])[]
  negated: boolean
}

export type PatternNode =
  | { type: 'empty' }
  | { type: 'set'; set: CharacterSet; fold: boolean }
  | { type: 'assert'; kind: 'start' | 'end' | 'lineStart' | 'lineEnd' | 'word' | 'notWord' }
  | { type: 'sequence'; nodes: PatternNode[] }
  | { type: 'choice'; nodes: PatternNode[] }
  | { type: 'repeat'; node: PatternNode; least: number; most: number }

interface Flags {
  i: boolean
  m: boolean
  s: boolean
}

const MAX_CODE_POINT = 0x10ffff
// RE2's limit of a counted repetition.
const MAX_REPEAT = 1000
const MAX_DEPTH = 100

const digit: readonly [number, number][] = [[0x30, 0x39]]
const word: readonly [number, number][] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const space: readonly [number, number][] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
]
const classes: Record<string, CharacterSet> = {
  d: { ranges: digit, negated: false },
  D: { ranges: digit, negated: true },
  w: { ranges: word, negated: false },
  W: { ranges: word, negated: true },
  s: { ranges: space, negated: false },
  S: { ranges: space, negated: true },
}
const named: Record<string, readonly (readonly [number, number])[]> = {
  alnum: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  digit,
  lower: [[0x61, 0x7a]],
  upper: [[0x41, 0x5a]],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  word,
  xdigit: [
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ],
}
const controls: Record<string, number> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }

/** Parses RE2's syntax (without Unicode classes). Back-references and look-around do not exist there. */
export function parsePattern(pattern: string): PatternNode {
  const characters = [...pattern]
  let at = 0
  let depth = 0
  const fail = (why: string): never => {
    throw new OperationError(`error parsing regexp: ${why}: \`${pattern}\``)
  }
  const accept = (expected: string): boolean => {
    if (characters[at] !== expected) return false
    at++
    return true
  }
  const rest = () => characters.slice(at, at + 64).join('')

  const root = choice({ i: false, m: false, s: false })
  if (at < characters.length) fail('unexpected )')
  return root

  function choice(outer: Flags): PatternNode {
    if (++depth > MAX_DEPTH) fail('expression nests too deeply')
    // Flags set inside a group hold to its end.
    const flags = { ...outer }
    const nodes = [sequence(flags)]
    while (accept('|')) nodes.push(sequence(flags))
    depth--
    return nodes.length === 1 ? (nodes[0] as PatternNode) : { type: 'choice', nodes }
  }

  function sequence(flags: Flags): PatternNode {
    const nodes: PatternNode[] = []
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')')
      nodes.push(repeated(atom(flags)))
    return { type: 'sequence', nodes }
  }

  function repeated(node: PatternNode): PatternNode {
    const [least, most] = accept('*')
      ? [0, Number.POSITIVE_INFINITY]
      : accept('+')
        ? [1, Number.POSITIVE_INFINITY]
        : accept('?')
          ? [0, 1]
          : counted()
    if (least < 0) return node
    accept('?')
    if ('*+?'.includes(characters[at] ?? '-') || /^\{\d+(,\d*)?\}/.test(rest()))
      fail('invalid nested repetition operator')
    return { type: 'repeat', node, least, most }
  }

  function counted(): [number, number] {
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(rest())
    if (!braces) return [-1, -1]
    at += braces[0].length
    const least = Number(braces[1])
    const most = braces[2] === undefined ? least : braces[3] ? Number(braces[3]) : Number.POSITIVE_INFINITY
    if (least > MAX_REPEAT || (most !== Number.POSITIVE_INFINITY && most > MAX_REPEAT) || most < least)
      fail('invalid repeat count')
    return [least, most]
  }

  function atom(flags: Flags): PatternNode {
    const character = characters[at++] ?? ''
    switch (character) {
      case '(':
        return group(flags)
      case '[':
        return { type: 'set', set: bracket(), fold: flags.i }
      case '.':
        return { type: 'set', set: { ranges: flags.s ? [] : [[10, 10]], negated: true }, fold: false }
      case '^':
        return { type: 'assert', kind: flags.m ? 'lineStart' : 'start' }
      case '$':
        return { type: 'assert', kind: flags.m ? 'lineEnd' : 'end' }
      case '\\':
        return escaped(flags)
      case '*':
      case '+':
      case '?':
        return fail('missing argument to repetition operator')
      default:
        return literal(character, flags)
    }
  }

  function literal(character: string, flags: Flags): PatternNode {
    const code = character.codePointAt(0) ?? 0
    return { type: 'set', set: { ranges: [[code, code]], negated: false }, fold: flags.i }
  }

  function group(flags: Flags): PatternNode {
    const inner = { ...flags }
    if (accept('?')) {
      const name = /^P?<(\w+)>/.exec(rest())
      if (name) at += name[0].length
      else {
        const setting = /^([ims]*)(?:-([ims]+))?([:)])/.exec(rest())
        if (!setting) return fail('invalid or unsupported Perl syntax')
        at += setting[0].length
        const target = setting[3] === ')' ? flags : inner
        for (const flag of setting[1] ?? '') target[flag as keyof Flags] = true
        for (const flag of setting[2] ?? '') target[flag as keyof Flags] = false
        if (setting[3] === ')') return { type: 'empty' }
      }
    }
    const node = choice(inner)
    if (!accept(')')) fail('missing closing )')
    return node
  }

  function escaped(flags: Flags): PatternNode {
    const character = characters[at++] ?? fail('trailing backslash at end of expression')
    const set = classes[character]
    if (set) return { type: 'set', set, fold: false }
    if (character === 'b' || character === 'B')
      return { type: 'assert', kind: character === 'b' ? 'word' : 'notWord' }
    if (character === 'A') return { type: 'assert', kind: 'start' }
    if (character === 'z') return { type: 'assert', kind: 'end' }
    if (character === 'Q') {
      const quoted: PatternNode[] = []
      while (at < characters.length && !rest().startsWith('\\E'))
        quoted.push(literal(characters[at++] ?? '', flags))
      at = Math.min(characters.length, at + 2)
      return { type: 'sequence', nodes: quoted }
    }
    return literal(String.fromCodePoint(escapedCode(character)), flags)
  }

  function escapedCode(character: string): number {
    const control = controls[character]
    if (control !== undefined) return control
    if (character === 'x') {
      const hex = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(rest())
      const code = Number.parseInt(hex?.[1] ?? hex?.[2] ?? '', 16)
      if (!hex || code > MAX_CODE_POINT) return fail('invalid escape sequence')
      at += hex[0].length
      return code
    }
    if (/[A-Za-z0-9]/.test(character)) return fail(`invalid escape sequence \\${character}`)
    return character.codePointAt(0) ?? 0
  }

  function bracket(): CharacterSet {
    const negated = accept('^')
    const ranges: (readonly [number, number])[] = []
    let first = true
    while (first || characters[at] !== ']') {
      if (at >= characters.length) fail('missing closing ]')
      first = false
      const posix = /^\[:(\^?)(\w+):\]/.exec(rest())
      if (posix) {
        const set = named[posix[2] ?? ''] ?? fail(`invalid character class range ${posix[0]}`)
        at += posix[0].length
        ranges.push(...(posix[1] ? complement(set) : set))
        continue
      }
      const set = characters[at] === '\\' ? classes[characters[at + 1] ?? ''] : undefined
      if (set) {
        at += 2
        ranges.push(...(set.negated ? complement(set.ranges) : set.ranges))
        continue
      }
      const low = member()
      let high = low
      if (characters[at] === '-' && at + 1 < characters.length && characters[at + 1] !== ']') {
        at++
        high = member()
      }
      if (high < low) fail('invalid character class range')
      ranges.push([low, high])
    }
    at++
    return { ranges, negated }
  }

  function member(): number {
    const character = characters[at++] ?? fail('missing closing ]')
    if (character !== '\\') return character.codePointAt(0) ?? 0
    return escapedCode(characters[at++] ?? fail('missing closing ]'))
  }
}

function complement(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const result: [number, number][] = []
  let from = 0
  for (const [low, high] of ranges.toSorted(([left], [right]) => left - right)) {
    if (low > from) result.push([from, low - 1])
    from = Math.max(from, high + 1)
  }
  if (from <= MAX_CODE_POINT) result.push([from, MAX_CODE_POINT])
  return result
}
