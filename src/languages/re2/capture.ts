import { accepts, Op } from './code.ts'
import type { Program } from './program.ts'
import { type Beside, besideOf, holds } from './surroundings.ts'

/** Places in the text: start and end of the match, then of each group; -1 for a group that took no part. */
export type Captures = Int32Array

/** Threads in order of preference, and the captures of the thread at each instruction. */
class Threads {
  count = 0
  readonly places: Int32Array
  readonly captures: Int32Array

  constructor(instructions: number, slots: number) {
    this.places = new Int32Array(instructions)
    this.captures = new Int32Array(instructions * slots)
  }
}

interface Side {
  at: number
  before: Beside
  after: Beside
}

export interface CaptureOptions {
  from: number
  /** The match must be all of the text. */
  whole: boolean
}

/**
 * Finds the leftmost match with its groups, preferring as Perl and Go do, by running all threads of the program side
 * by side (Pike's virtual machine): instructions × characters at most.
 */
export class CaptureMachine {
  readonly #program: Program
  readonly #slots: number
  readonly #seen: Int32Array
  readonly #stack: Int32Array
  readonly #captures: Int32Array
  #current: Threads
  #next: Threads
  #generation = 0
  /** Instructions visited so far. */
  steps = 0

  constructor(program: Program) {
    const { length } = program.code
    this.#program = program
    this.#slots = 2 * (program.groupNames.length + 1)
    this.#seen = new Int32Array(length)
    // A split adds two entries, a save its successor and what to restore (two numbers).
    this.#stack = new Int32Array(3 * length + 3)
    this.#captures = new Int32Array(this.#slots)
    this.#current = new Threads(length, this.#slots)
    this.#next = new Threads(length, this.#slots)
  }

  find(text: string, { from, whole }: CaptureOptions): Captures | undefined {
    const { code, isAnchored } = this.#program
    const anchored = whole || isAnchored
    let found: Captures | undefined
    let before = besideOf(codeBefore(text, from))
    this.#generation++
    this.#current.count = 0
    for (let at = from; ; ) {
      const character = text.codePointAt(at)
      const after = besideOf(character)
      // A later start only counts when no earlier one is still on its way.
      if (!found && (at === 0 || !anchored)) {
        this.#captures.fill(-1)
        this.#captures[0] = at
        this.#add(this.#current, 0, { at, before, after })
      }
      const { count, places } = this.#current
      if (count === 0 && (found || anchored)) return found
      const width = character !== undefined && character > 0xffff ? 2 : 1
      const side = { at: at + width, before: after, after: besideOf(text.codePointAt(at + width)) }
      this.#generation++
      this.#next.count = 0
      for (let index = 0; index < count; index++) {
        const place = places[index]!
        if (code.ops[place] === Op.match) {
          if (whole && character !== undefined) continue
          found = this.#current.captures.slice(place * this.#slots, (place + 1) * this.#slots)
          found[1] = at
          // Threads behind this one are less preferred.
          break
        }
        if (character === undefined || !accepts(code, place, character)) continue
        copy(this.#current.captures, place * this.#slots, this.#captures, 0, this.#slots)
        this.#add(this.#next, place + 1, side)
      }
      if (character === undefined) return found
      ;[this.#current, this.#next] = [this.#next, this.#current]
      before = after
      at += width
    }
  }

  /** Adds a thread with `#captures` and, in order of preference, all that it reaches without reading. */
  #add(threads: Threads, start: number, { at, before, after }: Side): void {
    const { ops, first, second, assertions } = this.#program.code
    const [seen, stack, captures, generation] = [this.#seen, this.#stack, this.#captures, this.#generation]
    let top = 0
    stack[top++] = start
    while (top > 0) {
      const place = stack[--top]!
      if (place < 0) {
        // All that came after a save is done: its slot gets back what it had.
        captures[-place - 1] = stack[--top]!
        continue
      }
      if (seen[place] === generation) continue
      seen[place] = generation
      this.steps++
      switch (ops[place]) {
        case Op.split:
          stack[top++] = second[place]!
          stack[top++] = first[place]!
          break
        case Op.jump:
          stack[top++] = first[place]!
          break
        case Op.save: {
          const slot = first[place]!
          stack[top++] = captures[slot]!
          stack[top++] = -slot - 1
          stack[top++] = place + 1
          captures[slot] = at
          break
        }
        case Op.assert:
          if (holds(assertions[place]!, before, after)) stack[top++] = place + 1
          break
        default:
          threads.places[threads.count++] = place
          copy(captures, 0, threads.captures, place * this.#slots, this.#slots)
      }
    }
  }
}

// A call of set() and subarray() would cost more than the few numbers.
function copy(from: Int32Array, source: number, to: Int32Array, target: number, count: number): void {
  for (let index = 0; index < count; index++) to[target + index] = from[source + index]!
}

function codeBefore(text: string, at: number): number | undefined {
  if (at === 0) return undefined
  const unit = text.charCodeAt(at - 1)
  const isLow = unit >= 0xdc00 && unit < 0xe000
  return isLow && at > 1 ? text.codePointAt(at - 2) : unit
}
