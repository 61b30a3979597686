import { OperationError } from './expr-error.ts'
import { type CharacterSet, type PatternNode, parsePattern } from './pattern-parser.ts'

/**
 * Regular expressions as Go's RE2 runs them: in time linear in the text, so that no pattern can hang the process.
 * Only the question "does it match anywhere" is answered.
 */
export type Pattern = (text: string, spend: (units: number) => void) => boolean

type Instruction =
  | { op: 'set'; set: CharacterSet; fold: boolean }
  | { op: 'assert'; kind: Extract<PatternNode, { type: 'assert' }>['kind'] }
  | { op: 'split'; to: number; other: number }
  | { op: 'jump'; to: number }
  | { op: 'match' }

const MAX_INSTRUCTIONS = 20_000

/** Compiles a pattern. Throws OperationError when RE2 would refuse it. */
export function compilePattern(source: string): Pattern {
  const program = assemble(parsePattern(source))
  return (text, spend) =>
    run(
      program,
      [...text].map(character => character.codePointAt(0) ?? 0),
      spend,
    )
}

function assemble(root: PatternNode): Instruction[] {
  const program: Instruction[] = []
  emit(root)
  push({ op: 'match' })
  return program

  function push(instruction: Instruction): number {
    if (program.length >= MAX_INSTRUCTIONS)
      throw new OperationError('error parsing regexp: expression is too large')
    program.push(instruction)
    return program.length - 1
  }

  function emit(node: PatternNode): void {
    switch (node.type) {
      case 'empty':
        return
      case 'set':
        push({ op: 'set', set: node.set, fold: node.fold })
        return
      case 'assert':
        push({ op: 'assert', kind: node.kind })
        return
      case 'sequence':
        for (const part of node.nodes) emit(part)
        return
      case 'choice':
        emitChoice(node.nodes)
        return
      case 'repeat':
        emitRepeat(node)
    }
  }

  function emitChoice(nodes: readonly PatternNode[]): void {
    const exits: { op: 'jump'; to: number }[] = []
    nodes.forEach((node, index) => {
      if (index === nodes.length - 1) {
        emit(node)
        return
      }
      const split = { op: 'split' as const, to: program.length + 1, other: -1 }
      push(split)
      emit(node)
      const exit = { op: 'jump' as const, to: -1 }
      push(exit)
      exits.push(exit)
      split.other = program.length
    })
    for (const exit of exits) exit.to = program.length
  }

  function emitRepeat({ node, least, most }: Extract<PatternNode, { type: 'repeat' }>): void {
    for (let count = 0; count < least; count++) emit(node)
    if (most === Number.POSITIVE_INFINITY) {
      const split = { op: 'split' as const, to: program.length + 1, other: -1 }
      const start = push(split)
      emit(node)
      push({ op: 'jump', to: start })
      split.other = program.length
      return
    }
    const splits = Array.from({ length: most - least }, () => {
      const split = { op: 'split' as const, to: program.length + 1, other: -1 }
      push(split)
      emit(node)
      return split
    })
    for (const split of splits) split.other = program.length
  }
}

const isWord = (code: number | undefined): boolean =>
  code !== undefined && code < 128 && /\w/.test(String.fromCharCode(code))

function asserted(
  kind: Extract<Instruction, { op: 'assert' }>['kind'],
  text: readonly number[],
  at: number,
): boolean {
  switch (kind) {
    case 'start':
      return at === 0
    case 'end':
      return at === text.length
    case 'lineStart':
      return at === 0 || text[at - 1] === 10
    case 'lineEnd':
      return at === text.length || text[at] === 10
    default:
      return (isWord(text[at - 1]) !== isWord(text[at])) === (kind === 'word')
  }
}

const within = (ranges: CharacterSet['ranges'], code: number): boolean =>
  ranges.some(([low, high]) => code >= low && code <= high)

/** Under (?i) a code point is in the ranges when either of its cases is. */
function includes({ ranges, negated }: CharacterSet, code: number, fold: boolean): boolean {
  const inRanges = within(ranges, code) || (fold && within(ranges, otherCase(code)))
  return inRanges !== negated
}

function otherCase(code: number): number {
  const character = String.fromCodePoint(code)
  const lower = character.toLowerCase()
  const other = lower === character ? character.toUpperCase() : lower
  return [...other].length === 1 ? (other.codePointAt(0) ?? code) : code
}

/** Simulates all threads of the automaton at once (Thompson), a new one starting at every place. */
function run(
  program: readonly Instruction[],
  text: readonly number[],
  spend: (units: number) => void,
): boolean {
  let current = new Set<number>()
  for (let at = 0; at <= text.length; at++) {
    spend(1 + current.size)
    if (follow(program, 0, { text, at, threads: current })) return true
    const code = text[at]
    if (code === undefined) return false
    const next = new Set<number>()
    for (const thread of current) {
      const instruction = program[thread]
      if (instruction?.op !== 'set' || !includes(instruction.set, code, instruction.fold)) continue
      if (follow(program, thread + 1, { text, at: at + 1, threads: next })) return true
    }
    current = next
  }
  return false
}

/** Adds a thread and all that it reaches without reading; true when it reaches the end of the pattern. */
function follow(
  program: readonly Instruction[],
  start: number,
  { text, at, threads }: { text: readonly number[]; at: number; threads: Set<number> },
): boolean {
  const stack = [start]
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (threads.has(place)) continue
    threads.add(place)
    const instruction = program[place]
    if (instruction?.op === 'match') return true
    if (instruction?.op === 'jump') stack.push(instruction.to)
    if (instruction?.op === 'split') stack.push(instruction.other, instruction.to)
    if (instruction?.op === 'assert' && asserted(instruction.kind, text, at)) stack.push(place + 1)
  }
  return false
}
