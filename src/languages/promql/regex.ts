/** A regular expression that RE2 would refuse, with its reason. */
export class RegexError extends Error {
  override name = 'RegexError'
}

interface Flags {
  ignoreCase: boolean
  multiLine: boolean
  dotAll: boolean
  ungreedy: boolean
}

const POSIX: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}
const PERL: Record<string, string> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
}
const ESCAPES: Record<string, string> = { a: '\x07', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v' }
const MAX_REPEAT = 1000

const escapeLiteral = (character: string): string =>
  /[\^$\\.*+?()[\]{}|/-]/.test(character)
    ? character === '-'
      ? '\\x2d'
      : `\\${character}`
    : character === '\n'
      ? '\\n'
      : character

/** Both cases of a character, for a class. */
function folded(character: string): string {
  const variants = new Set([character, character.toLowerCase(), character.toUpperCase()])
  return [...variants]
    .filter(variant => [...variant].length === 1)
    .map(escapeLiteral)
    .join('')
}

class Translator {
  readonly #source: readonly string[]
  readonly #text: string
  #at = 0
  #flags: Flags = { ignoreCase: false, multiLine: false, dotAll: true, ungreedy: false }

  constructor(source: string) {
    this.#text = source
    this.#source = [...source]
  }

  translate(): string {
    const result = this.#alternatives()
    if (this.#at < this.#source.length) this.#fail(`unexpected ): \`${this.#text}\``)
    return result
  }

  #fail(reason: string): never {
    throw new RegexError(`error parsing regexp: ${reason}`)
  }

  #peek(ahead = 0): string {
    return this.#source[this.#at + ahead] ?? ''
  }

  #rest(): string {
    return this.#source.slice(this.#at).join('')
  }

  /** Until the end or an unmatched `)`. Flags set inside hold until there. */
  #alternatives(): string {
    const outer = { ...this.#flags }
    let result = ''
    while (this.#at < this.#source.length && this.#peek() !== ')') result += this.#piece()
    this.#flags = outer
    return result
  }

  #piece(): string {
    if (this.#peek() === '|') {
      this.#at++
      return '|'
    }
    const start = this.#at
    const atom = this.#atom()
    return this.#repeated(atom, start)
  }

  #repeated(atom: string, start: number): string {
    const match = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})/.exec(this.#rest())
    if (!match) return atom
    const operator = match[0]
    if (atom === '' || start === this.#at)
      this.#fail(`missing argument to repetition operator: \`${operator}\``)
    if (Number(match[1] ?? 0) > MAX_REPEAT || Number(match[2] || 0) > MAX_REPEAT)
      this.#fail(`invalid repeat count: \`${operator}\``)
    if (match[2] && Number(match[2]) < Number(match[1])) this.#fail(`invalid repeat count: \`${operator}\``)
    this.#at += operator.length
    let lazy = this.#flags.ungreedy
    if (this.#peek() === '?') {
      lazy = !lazy
      this.#at++
    }
    const next = /^(?:[*+]|\{\d+(?:,\d*)?\})/.exec(this.#rest())
    if (next) this.#fail(`invalid nested repetition operator: \`${operator}${next[0]}\``)
    return `${atom}${operator}${lazy ? '?' : ''}`
  }

  #atom(): string {
    const character = this.#peek()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#class()
      case '\\':
        return this.#escape()
      case '.':
        this.#at++
        return this.#flags.dotAll ? '[^]' : '[^\\n]'
      case '^':
        this.#at++
        return this.#flags.multiLine ? '(?:(?<![^\\n]))' : '(?:^)'
      case '$':
        this.#at++
        return this.#flags.multiLine ? '(?:(?![^\\n]))' : '(?:$)'
      case '*':
      case '+':
      case '?':
        return this.#fail(`missing argument to repetition operator: \`${character}\``)
      default:
        this.#at++
        return this.#literal(character)
    }
  }

  #literal(character: string): string {
    if (this.#flags.ignoreCase && character.toLowerCase() !== character.toUpperCase())
      return `[${folded(character)}]`
    return escapeLiteral(character)
  }

  #group(): string {
    const rest = this.#rest()
    const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest)
    if (named) {
      this.#at += named[0].length
      return this.#closed(`(?<${named[1]}>`)
    }
    const flagged = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest)
    if (flagged) {
      this.#at += flagged[0].length
      const before = { ...this.#flags }
      this.#setFlags(flagged[1] ?? '', true)
      this.#setFlags(flagged[2] ?? '', false)
      if (flagged[3] === ')') return ''
      const result = this.#closed('(?:')
      this.#flags = before
      return result
    }
    if (rest.startsWith('(?')) this.#fail(`invalid or unsupported Perl syntax: \`${rest.slice(0, 3)}\``)
    this.#at++
    return this.#closed('(')
  }

  #closed(opening: string): string {
    const body = this.#alternatives()
    if (this.#peek() !== ')') this.#fail(`missing closing ): \`${this.#text}\``)
    this.#at++
    return `${opening}${body})`
  }

  #setFlags(letters: string, value: boolean): void {
    for (const letter of letters) {
      if (letter === 'i') this.#flags.ignoreCase = value
      if (letter === 'm') this.#flags.multiLine = value
      if (letter === 's') this.#flags.dotAll = value
      if (letter === 'U') this.#flags.ungreedy = value
    }
  }

  #escape(): string {
    const rest = this.#rest()
    const quoted = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest)
    if (quoted) {
      this.#at += [...quoted[0]].length
      const body = [...(quoted[1] ?? '')].map(character => this.#literal(character)).join('')
      return body === '' ? '' : `(?:${body})`
    }
    const kind = this.#peek(1)
    if (kind === 'A') return this.#take(2, '(?<![^])')
    if (kind === 'z') return this.#take(2, '(?![^])')
    if (kind === 'b' || kind === 'B') return this.#take(2, `\\${kind}`)
    const set = this.#escapedSet()
    if (set) return `[${set.negated ? '^' : ''}${set.body}]`
    return this.#literal(this.#escapedCharacter())
  }

  #take(count: number, result: string): string {
    this.#at += count
    return result
  }

  /** `\d`, `\pL`, `\p{Greek}` and their negations, as the inside of a class. */
  #escapedSet(): { body: string; negated: boolean } | undefined {
    const kind = this.#peek(1)
    const perl = PERL[kind.toLowerCase()]
    if (perl !== undefined) {
      this.#at += 2
      return { body: perl, negated: kind !== kind.toLowerCase() }
    }
    const unicode = /^\\([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/.exec(this.#rest())
    if (!unicode) return undefined
    const name = unicode[3] ?? unicode[4] ?? ''
    const property = /^[A-Z][a-z]?$/.test(name) ? name : `Script=${name}`
    try {
      new RegExp(`\\p{${property}}`, 'u')
    } catch {
      this.#fail(`invalid character class range: \`${unicode[0]}\``)
    }
    this.#at += unicode[0].length
    return { body: `\\p{${property}}`, negated: (unicode[1] === 'P') !== (unicode[2] === '^') }
  }

  #escapedCharacter(): string {
    const rest = this.#rest()
    const hex = /^\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(rest)
    const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest)
    const match = hex ?? octal
    if (match) {
      const code = hex ? Number.parseInt(hex[1] ?? hex[2] ?? '', 16) : Number.parseInt(octal?.[1] ?? '', 8)
      if (code > 0x10ffff) this.#fail(`invalid escape sequence: \`${match[0]}\``)
      this.#at += match[0].length
      return String.fromCodePoint(code)
    }
    const next = this.#peek(1)
    if (next === '') this.#fail('trailing backslash at end of expression: ``')
    const control = ESCAPES[next]
    if (control === undefined && /[0-9A-Za-z]/.test(next))
      this.#fail(`invalid escape sequence: \`\\${next}\``)
    this.#at += 2
    return control ?? next
  }

  #class(): string {
    const start = this.#at
    this.#at++
    const negated = this.#peek() === '^'
    if (negated) this.#at++
    let body = ''
    let complement = ''
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#source.length)
        this.#fail(`missing closing ]: \`${this.#source.slice(start).join('')}\``)
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#rest())
      if (posix) {
        const set = POSIX[posix[2] ?? '']
        if (set === undefined) this.#fail(`invalid character class range: \`${posix[0]}\``)
        this.#at += posix[0].length
        if (posix[1]) complement += `|[^${set}]`
        else body += set
        continue
      }
      const set = this.#peek() === '\\' ? this.#escapedSet() : undefined
      if (set) {
        if (set.negated) complement += `|[^${set.body}]`
        else body += set.body
        continue
      }
      body += this.#range()
    }
    this.#at++
    if (complement === '') return negated ? (body === '' ? '[^]' : `[^${body}]`) : `[${body}]`
    const union = `${body === '' ? '(?!)' : `[${body}]`}${complement}`
    return negated ? `(?:(?!${union})[^])` : `(?:${union})`
  }

  #range(): string {
    const low = this.#classCharacter()
    if (this.#peek() !== '-' || this.#peek(1) === ']' || this.#peek(1) === '')
      return this.#flags.ignoreCase ? folded(low) : escapeLiteral(low)
    this.#at++
    const high = this.#classCharacter()
    if ((low.codePointAt(0) ?? 0) > (high.codePointAt(0) ?? 0))
      this.#fail(`invalid character class range: \`${low}-${high}\``)
    let result = `${escapeLiteral(low)}-${escapeLiteral(high)}`
    if (this.#flags.ignoreCase)
      for (let code = 0x41; code <= 0x5a; code++)
        for (const letter of [code, code + 32])
          if (letter >= (low.codePointAt(0) ?? 0) && letter <= (high.codePointAt(0) ?? 0))
            result += String.fromCodePoint(letter ^ 32)
    return result
  }

  #classCharacter(): string {
    if (this.#peek() === '\\') return this.#escapedCharacter()
    const character = this.#peek()
    this.#at++
    return character
  }
}

/** Compiles an RE2 expression that must match the whole text, as label matchers and label_replace do; `.` matches newlines. */
export function compileAnchored(source: string): RegExp {
  const body = new Translator(source).translate()
  try {
    return new RegExp(`^(?:${body})$`, 'u')
  } catch (cause) {
    throw new RegexError(`error parsing regexp: ${cause instanceof Error ? cause.message : cause}`)
  }
}

/** The strings that an expression matches when it is only a list of alternatives such as `a|b|c`, else undefined. */
export function literalAlternatives(source: string): readonly string[] | undefined {
  return /^[^\\^$.*+?()[\]{}]*$/.test(source) ? source.split('|') : undefined
}
