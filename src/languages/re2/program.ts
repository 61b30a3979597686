import type { CharacterSet } from './character-set.ts'
import { type Code, encode } from './code.ts'
import { PatternError } from './pattern-error.ts'
import { type Assertion, isNullable, type PatternNode, type Repeat, type Syntax } from './syntax.ts'

/** One step of the automaton. Where nothing else is said, the next one follows. */
export type Instruction =
  | { op: 'set'; set: CharacterSet }
  | { op: 'assert'; kind: Assertion }
  /** Goes on at both places; the first is preferred. */
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  /** Notes the place in the text. */
  | { op: 'save'; slot: number }
  | { op: 'match' }

export interface Program {
  instructions: readonly Instruction[]
  code: Code
  groupNames: readonly (string | undefined)[]
  /** Every match begins where the text begins. */
  isAnchored: boolean
}

/**
 * Work for one character of the text is at most this much: for what repetition makes of a short pattern, and for the
 * pattern itself, since lists of a thousand names are usual in queries. Go allows 3 million.
 */
const MAX_REPEATED = 10_000
const MAX_INSTRUCTIONS = 0xffff
const maxInstructions = (source: string): number =>
  Math.min(MAX_REPEATED + 2 * source.length, MAX_INSTRUCTIONS)
/** Places that the capture machine keeps for its threads: instructions × groups. */
const MAX_CAPTURES = 1_000_000

/** Makes the instructions, with Go's order of preference. Throws PatternError when there would be too many. */
export function assemble({ root, groupNames, source }: Syntax): Program {
  const instructions: Instruction[] = []
  const limit = maxInstructions(source)
  emit(root)
  push({ op: 'match' })
  if (instructions.length * 2 * (groupNames.length + 1) > MAX_CAPTURES)
    throw new PatternError('expression too large')
  return { instructions, code: encode(instructions), groupNames, isAnchored: beginsAtStart(root) }

  function push<T extends Instruction>(instruction: T): T {
    if (instructions.length >= limit) throw new PatternError('expression too large')
    instructions.push(instruction)
    return instruction
  }

  function emit(node: PatternNode): void {
    switch (node.type) {
      case 'set':
        push({ op: 'set', set: node.set })
        return
      case 'assert':
        push({ op: 'assert', kind: node.kind })
        return
      case 'group':
        push({ op: 'save', slot: 2 * node.index })
        emit(node.node)
        push({ op: 'save', slot: 2 * node.index + 1 })
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
      const leave = pushSplit(true)
      emit(node)
      exits.push(push({ op: 'jump', to: -1 }))
      leave(instructions.length)
    })
    for (const exit of exits) exit.to = instructions.length
  }

  /** A split that goes on behind itself; the result sets where else it goes. */
  function pushSplit(prefersNext: boolean): (to: number) => void {
    const next = instructions.length + 1
    const split = push({ op: 'split', first: next, second: next })
    return to => {
      split[prefersNext ? 'second' : 'first'] = to
    }
  }

  function emitRepeat({ node, least, most, greedy }: Repeat): void {
    if (most !== Infinity) {
      for (let count = 0; count < least; count++) emit(node)
      const exits: ((to: number) => void)[] = []
      for (let count = least; count < most; count++) {
        exits.push(pushSplit(greedy))
        emit(node)
      }
      for (const leave of exits) leave(instructions.length)
    } else if (least > 0) emitPlus(node, least, greedy)
    else {
      // Go: x* is (x+)? where x may be empty, else an empty first round would lose its preference.
      const leave = pushSplit(greedy)
      const start = instructions.length
      if (isNullable(node)) emitPlus(node, 1, greedy)
      else {
        emit(node)
        push({ op: 'jump', to: start - 1 })
      }
      leave(instructions.length)
    }
  }

  function emitPlus(node: PatternNode, least: number, greedy: boolean): void {
    for (let count = 1; count < least; count++) emit(node)
    const start = instructions.length
    emit(node)
    const end = instructions.length + 1
    push(greedy ? { op: 'split', first: start, second: end } : { op: 'split', first: end, second: start })
  }
}

function beginsAtStart(node: PatternNode): boolean {
  switch (node.type) {
    case 'assert':
      return node.kind === 'start'
    case 'group':
      return beginsAtStart(node.node)
    case 'sequence':
      return node.nodes[0] !== undefined && beginsAtStart(node.nodes[0])
    case 'choice':
      return node.nodes.every(beginsAtStart)
    case 'set':
      return false
    case 'repeat':
      return node.least > 0 && beginsAtStart(node.node)
  }
}
