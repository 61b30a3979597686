import { type CharacterSet, includes } from './character-set.ts'
import type { Instruction } from './program.ts'
import type { Assertion } from './syntax.ts'

export const Op = { set: 0, assert: 1, split: 2, jump: 3, save: 4, match: 5 } as const

/** The instructions in arrays of numbers, for the loops that run them. */
export interface Code {
  length: number
  ops: Uint8Array
  /** Of a set the lowest code point, else the first place to go on at, or the slot. */
  first: Int32Array
  /** Of a set the highest code point, else the second place. */
  second: Int32Array
  /** For sets of more than one range. */
  sets: readonly (CharacterSet | undefined)[]
  assertions: readonly (Assertion | undefined)[]
}

export function encode(instructions: readonly Instruction[]): Code {
  const { length } = instructions
  const code: Code = {
    length,
    ops: Uint8Array.from(instructions, ({ op }) => Op[op]),
    first: new Int32Array(length),
    second: new Int32Array(length),
    sets: instructions.map(one => (one.op === 'set' && one.set.length !== 2 ? one.set : undefined)),
    assertions: instructions.map(one => (one.op === 'assert' ? one.kind : undefined)),
  }
  instructions.forEach((one, place) => {
    const [first, second] = operands(one)
    code.first[place] = first
    code.second[place] = second
  })
  return code
}

function operands(one: Instruction): [number, number] {
  switch (one.op) {
    case 'set':
      // An empty set, such as [^\x00-\x{10FFFF}], has nothing between these.
      return [one.set[0] ?? 1, one.set.at(-1) ?? 0]
    case 'split':
      return [one.first, one.second]
    case 'jump':
      return [one.to, 0]
    case 'save':
      return [one.slot, 0]
    default:
      return [0, 0]
  }
}

/** Whether the set at a place has a code point. The place is one of a set. */
export function accepts(code: Code, place: number, character: number): boolean {
  if (character < code.first[place]! || character > code.second[place]!) return false
  const set = code.sets[place]
  return set === undefined || includes(set, character)
}
