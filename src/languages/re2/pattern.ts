import { Alphabet } from './alphabet.ts'
import { CaptureMachine, type Captures } from './capture.ts'
import { expand, type Match } from './expand.ts'
import { LazyAutomaton } from './lazy-automaton.ts'
import { parsePattern } from './parser.ts'
import { assemble, type Program } from './program.ts'
import type { Flag, PatternNode } from './syntax.ts'
import { literalsOf, shapeTest } from './text-shape.ts'

export type { Match } from './expand.ts'

/**
 * Compiles a pattern of RE2's syntax. Flags are those of `(?imsU)`. Throws PatternError, in Go's words, where Go
 * refuses the pattern.
 */
export function compile(source: string, { flags = '' }: { flags?: string } = {}): Pattern {
  const has = (flag: Flag) => flags.includes(flag)
  const syntax = parsePattern(source, { i: has('i'), m: has('m'), s: has('s'), U: has('U') })
  return new Pattern(source, syntax.root, assemble(syntax))
}

/** A regular expression that takes time linear in the text, whatever the pattern. */
export class Pattern {
  readonly source: string
  /** The only texts of which `fullMatch` is true, when they are few and known. */
  readonly literals: readonly string[] | undefined
  readonly #program: Program
  readonly #root: PatternNode
  #test: ((text: string) => boolean) | undefined
  #fullMatch: ((text: string) => boolean) | undefined
  #alphabet: Alphabet | undefined
  #captures: CaptureMachine | undefined
  readonly #automata: LazyAutomaton[] = []

  constructor(source: string, root: PatternNode, program: Program) {
    this.source = source
    this.#root = root
    this.#program = program
    this.literals = literalsOf(root)
  }

  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean {
    this.#test ??= shapeTest(this.#root, false) ?? this.#automaton(false)
    return this.#test(text)
  }

  /** Whether the pattern matches the whole text. */
  fullMatch(text: string): boolean {
    this.#fullMatch ??= this.#literalTest() ?? shapeTest(this.#root, true) ?? this.#automaton(true)
    return this.#fullMatch(text)
  }

  /** The leftmost match, and of those that begin there the one that Perl and Go prefer. */
  find(text: string): Match | undefined {
    return this.test(text) ? this.#matchOf(text, this.#capture(text, 0, false)) : undefined
  }

  /** As `find`, for a match of the whole text. */
  findFull(text: string): Match | undefined {
    return this.fullMatch(text) ? this.#matchOf(text, this.#capture(text, 0, true)) : undefined
  }

  /** Replaces every match by the template, in which `$1` and `${name}` stand for groups. */
  replaceAll(text: string, template: string): string {
    if (!this.test(text)) return text
    let result = ''
    let copied = 0
    for (let from = 0; from <= text.length; ) {
      const match = this.#matchOf(text, this.#capture(text, from, false))
      if (!match) break
      // Go: an empty match right behind another match does not count.
      if (match.end > copied || match.start === 0) {
        result += text.slice(copied, match.start) + expand(template, match)
        copied = match.end
      }
      const width = (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1
      from = Math.max(match.end, from + width)
    }
    return result + text.slice(copied)
  }

  /** Instructions of the program: what compiling has cost, and what one character of a text can cost at most. */
  get size(): number {
    return this.#program.instructions.length
  }

  /** Instructions visited and characters read so far. String operations are not counted. */
  get steps(): number {
    return this.#automata.reduce((sum, automaton) => sum + automaton.steps, this.#captures?.steps ?? 0)
  }

  #literalTest(): ((text: string) => boolean) | undefined {
    if (!this.literals) return undefined
    const texts = new Set(this.literals)
    return text => texts.has(text)
  }

  #automaton(whole: boolean): (text: string) => boolean {
    this.#alphabet ??= new Alphabet(this.#program)
    const automaton = new LazyAutomaton(this.#program, this.#alphabet, whole)
    this.#automata.push(automaton)
    return text => automaton.test(text)
  }

  #capture(text: string, from: number, whole: boolean): Captures | undefined {
    this.#captures ??= new CaptureMachine(this.#program)
    return this.#captures.find(text, { from, whole })
  }

  #matchOf(text: string, captures: Captures | undefined): Match | undefined {
    if (!captures) return undefined
    const part = (group: number): string | undefined => {
      const [start, end] = [captures[2 * group] ?? -1, captures[2 * group + 1] ?? -1]
      return start < 0 ? undefined : text.slice(start, end)
    }
    const { groupNames } = this.#program
    const groups = Array.from({ length: groupNames.length + 1 }, (_, group) => part(group))
    const named: Record<string, string | undefined> = Object.create(null)
    groupNames.forEach((name, index) => {
      if (name !== undefined) named[name] ??= groups[index + 1]
    })
    return { start: captures[0] ?? 0, end: captures[1] ?? 0, groups, named }
  }
}
