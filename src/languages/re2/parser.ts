import { readBracket } from './bracket.ts'
import { foldCase } from './case-folding.ts'
import { ANY, type CharacterSet, NOT_NEWLINE } from './character-set.ts'
import { readEscapedClass, readEscapedCode } from './escape.ts'
import { resolved } from './named-classes.ts'
import { PatternError } from './pattern-error.ts'
import { readGroupName, readGroupFlags } from './group-head.ts'
import { readRepetition } from './repetition.ts'
import { Source } from './source.ts'
import type { Assertion, Flags, PatternNode, Syntax } from './syntax.ts'

const MAX_DEPTH = 500
/** Bounds of ranges in all sets of a pattern: `\pL` has some 1,300. */
const MAX_RANGE_BOUNDS = 500_000
const EMPTY: PatternNode = { type: 'sequence', nodes: [] }
const ASSERTIONS: Readonly<Record<string, Assertion>> = { A: 'start', z: 'end', b: 'word', B: 'notWord' }

/** Parses RE2's syntax as Go's regexp does. Throws PatternError where Go refuses. */
export function parsePattern(text: string, flags: Flags): Syntax {
  return new Parser(text).parse(flags)
}

class Parser {
  readonly #source: Source
  readonly #groupNames: (string | undefined)[] = []
  #depth = 0
  #rangeBounds = 0

  constructor(text: string) {
    this.#source = new Source(text)
  }

  parse(flags: Flags): Syntax {
    const root = this.#choice(flags)
    if (!this.#source.done) throw new PatternError('unexpected )', this.#source.text)
    return { source: this.#source.text, root, groupNames: this.#groupNames }
  }

  /** Until the end or an unmatched `)`. Flags set inside hold until there, over all alternatives. */
  #choice(outer: Flags): PatternNode {
    if (++this.#depth > MAX_DEPTH) throw new PatternError('expression nests too deeply', this.#source.text)
    const flags = { ...outer }
    const nodes = [this.#sequence(flags)]
    while (this.#source.accept('|')) nodes.push(this.#sequence(flags))
    this.#depth--
    return nodes.length === 1 ? (nodes[0] ?? EMPTY) : { type: 'choice', nodes }
  }

  #sequence(flags: Flags): PatternNode {
    const nodes: PatternNode[] = []
    let lastRepetition: number | undefined
    while (!this.#source.done && !/[|)]/.test(this.#source.peek())) {
      const start = this.#source.at
      const repetition = readRepetition(this.#source, { flags, operand: nodes.at(-1), lastRepetition })
      // As in Go, `a(?i)*` repeats the a: flags are no operand of their own.
      if (repetition) nodes.splice(-1, 1, repetition)
      else nodes.push(...this.#atoms(flags))
      lastRepetition = repetition ? start : undefined
    }
    return nodes.length === 1 ? (nodes[0] ?? EMPTY) : { type: 'sequence', nodes }
  }

  #atoms(flags: Flags): PatternNode[] {
    const source = this.#source
    switch (source.peek()) {
      case '(':
        return this.#group(flags)
      case '[':
        return [this.#set(readBracket(source, flags.i))]
      case '\\':
        return this.#escape(flags)
      case '.':
        source.take()
        return [this.#set(flags.s ? ANY : NOT_NEWLINE)]
      case '^':
        source.take()
        return [{ type: 'assert', kind: flags.m ? 'lineStart' : 'start' }]
      case '$':
        source.take()
        return [{ type: 'assert', kind: flags.m ? 'lineEnd' : 'end' }]
      default:
        return [this.#literal(source.take().codePointAt(0) ?? 0, flags)]
    }
  }

  #group(flags: Flags): PatternNode[] {
    const source = this.#source
    source.accept('(')
    const name = readGroupName(source)
    const changed = name === undefined ? readGroupFlags(source, flags) : undefined
    if (changed && !changed.hasBody) {
      Object.assign(flags, changed.flags)
      return []
    }
    const index = changed ? undefined : this.#groupNames.push(name)
    const node = this.#choice(changed?.flags ?? flags)
    if (!source.accept(')')) throw new PatternError('missing closing )', source.text)
    // Kept as one node, so that a repetition behind it takes all of it.
    return [index === undefined ? node : { type: 'group', index, node }]
  }

  #escape(flags: Flags): PatternNode[] {
    const source = this.#source
    if (source.accept('\\Q')) {
      const nodes: PatternNode[] = []
      while (!source.done && !source.accept('\\E'))
        nodes.push(this.#literal(source.take().codePointAt(0) ?? 0, flags))
      return nodes
    }
    const letter = source.text.charAt(source.at + 1)
    const kind = Object.hasOwn(ASSERTIONS, letter) ? ASSERTIONS[letter] : undefined
    if (kind) {
      source.at += 2
      return [{ type: 'assert', kind }]
    }
    const named = readEscapedClass(source)
    if (named) return [this.#set(resolved(named, flags.i ? foldCase : set => set))]
    return [this.#literal(readEscapedCode(source), flags)]
  }

  #literal(code: number, flags: Flags): PatternNode {
    const set = [code, code]
    return this.#set(flags.i ? foldCase(set) : set)
  }

  #set(set: CharacterSet): PatternNode {
    this.#rangeBounds += set.length
    if (this.#rangeBounds > MAX_RANGE_BOUNDS) throw new PatternError('expression too large')
    return { type: 'set', set }
  }
}
