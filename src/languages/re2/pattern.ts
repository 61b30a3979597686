import { Alphabet } from './alphabet.ts'
import { CaptureMachine, type Captures } from './capture.ts'
import { expand, type Match } from './expand.ts'
import { translate } from './javascript.ts'
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

type Test = (text: string) => boolean
type Find = (text: string) => Match | undefined

/** A regular expression that takes time linear in the text, whatever the pattern. */
export class Pattern {
  readonly source: string
  /** The only texts of which `fullMatch` is true, when they are few and known. */
  readonly literals: readonly string[] | undefined
  readonly #program: Program
  readonly #root: PatternNode
  #test: Test | undefined
  #fullMatch: Test | undefined
  #find: Find | undefined
  #findFull: Find | undefined
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
    this.#test ??= shapeTest(this.#root, false) ?? this.#general(false)
    return this.#test(text)
  }

  /** Whether the pattern matches the whole text. */
  fullMatch(text: string): boolean {
    this.#fullMatch ??= this.#literalTest() ?? shapeTest(this.#root, true) ?? this.#general(true)
    return this.#fullMatch(text)
  }

  /** The leftmost match, and of those that begin there the one that Perl and Go prefer. */
  find(text: string): Match | undefined {
    this.#find ??= this.#generalFind(false)
    return this.#find(text)
  }

  /** As `find`, for a match of the whole text. */
  findFull(text: string): Match | undefined {
    this.#findFull ??= this.#generalFind(true)
    return this.#findFull(text)
  }

  /** Replaces every match by the template, in which `$1` and `${name}` stand for groups. */
  replaceAll(text: string, template: string): string {
    if (!this.test(text)) return text
    let result = ''
    let copied = 0
    for (const match of this.#matches(text)) {
      result += text.slice(copied, match.start) + expand(template, match)
      copied = match.end
    }
    return result + text.slice(copied)
  }

  /** What the pattern matches, from left to right without overlapping: at most `limit` texts. */
  findAll(text: string, limit = Number.POSITIVE_INFINITY): string[] {
    const found: string[] = []
    if (limit <= 0 || !this.test(text)) return found
    for (const { groups } of this.#matches(text)) {
      found.push(groups[0] ?? '')
      if (found.length >= limit) break
    }
    return found
  }

  *#matches(text: string): Generator<Match> {
    let end = 0
    for (let from = 0; from <= text.length; ) {
      const match = this.#matchOf(text, this.#capture(text, from, false))
      if (!match) return
      // Go: an empty match right behind another match does not count.
      if (match.end > end || match.start === 0) {
        yield match
        end = match.end
      }
      const width = (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1
      from = Math.max(match.end, from + width)
    }
  }

  /** Instructions of the program: what compiling has cost, and what one character of a text can cost at most. */
  get size(): number {
    return this.#program.instructions.length
  }

  /** Instructions visited and characters read so far. String operations are not counted. */
  get steps(): number {
    return this.#automata.reduce((sum, automaton) => sum + automaton.steps, this.#captures?.steps ?? 0)
  }

  #literalTest(): Test | undefined {
    if (!this.literals) return undefined
    const texts = new Set(this.literals)
    return text => texts.has(text)
  }

  /** JavaScript's engine where that is safe, else the automaton. */
  #general(whole: boolean): Test {
    const translation = translate(this.#root, whole)
    if (!translation) return this.#automaton(whole)
    const { expression, maxLength } = translation
    let automaton: Test | undefined
    return text => {
      if (text.length <= maxLength) return expression.test(text)
      automaton ??= this.#automaton(whole)
      return automaton(text)
    }
  }

  #generalFind(whole: boolean): Find {
    const translation = translate(this.#root, whole)
    const slowly: Find = text =>
      (whole ? this.fullMatch(text) : this.test(text))
        ? this.#matchOf(text, this.#capture(text, 0, whole))
        : undefined
    if (!translation) return slowly
    const { expression, maxLength } = translation
    return text => {
      if (text.length > maxLength) return slowly(text)
      const match = expression.exec(text)
      return match ? this.#match(match.index, [...match]) : undefined
    }
  }

  #automaton(whole: boolean): Test {
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
    const groups = Array.from({ length: this.#program.groupNames.length + 1 }, (_, group) => part(group))
    return this.#match(captures[0] ?? 0, groups)
  }

  #match(start: number, groups: readonly (string | undefined)[]): Match {
    const named: Record<string, string | undefined> = Object.create(null)
    this.#program.groupNames.forEach((name, index) => {
      if (name !== undefined) named[name] ??= groups[index + 1]
    })
    return { start, end: start + (groups[0] ?? '').length, groups, named }
  }
}
