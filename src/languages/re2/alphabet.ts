import { type CharacterSet, includes } from './character-set.ts'
import { WORD } from './named-classes.ts'
import type { Program } from './program.ts'

const NEWLINE: CharacterSet = [10, 10]
const DIRECT = 256
/** Above this, neighbouring ranges are not joined: it costs sets × ranges. */
const MAX_JOIN_WORK = 1_000_000

/** Code points in classes that a program cannot tell apart, so that its states need one transition for each. */
export class Alphabet {
  /** One code point of each class. */
  readonly members: readonly number[]
  readonly #direct = new Int32Array(DIRECT)
  readonly #starts: readonly number[]
  readonly #classes: readonly number[]

  constructor({ instructions }: Program) {
    const sets = new Set<CharacterSet>()
    let asserts = false
    for (const instruction of instructions) {
      if (instruction.op === 'set') sets.add(instruction.set)
      if (instruction.op === 'assert') asserts = true
    }
    if (asserts) sets.add(NEWLINE).add(WORD)
    this.#starts = boundaries(sets)
    const { classes, members } = classesOf(this.#starts, sets)
    this.#classes = classes
    this.members = members
    for (let code = 0; code < DIRECT; code++) this.#direct[code] = this.#search(code)
  }

  classOf(code: number): number {
    // Below DIRECT the table has an entry.
    return code < DIRECT ? this.#direct[code]! : this.#search(code)
  }

  #search(code: number): number {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= code) low = middle
      else high = middle
    }
    return this.#classes[low] ?? 0
  }
}

function boundaries(sets: ReadonlySet<CharacterSet>): number[] {
  const starts = new Set([0])
  for (const set of sets)
    for (let i = 0; i < set.length; i += 2) starts.add(set[i] ?? 0).add((set[i + 1] ?? 0) + 1)
  return [...starts].sort((left, right) => left - right)
}

function classesOf(
  starts: readonly number[],
  sets: ReadonlySet<CharacterSet>,
): { classes: number[]; members: number[] } {
  if (starts.length * sets.size > MAX_JOIN_WORK)
    return { classes: starts.map((_, index) => index), members: [...starts] }
  let classes = starts.map(() => 0)
  for (const set of sets) {
    const ids = new Map<number, number>()
    classes = classes.map((before, index) => {
      const key = 2 * before + Number(includes(set, starts[index] ?? 0))
      const id = ids.get(key) ?? ids.size
      ids.set(key, id)
      return id
    })
  }
  const members: number[] = []
  classes.forEach((id, index) => {
    members[id] ??= starts[index] ?? 0
  })
  return { classes, members }
}
