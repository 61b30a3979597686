import { includes } from './character-set.ts'
import type { Program } from './program.ts'
import { type Beside, besideOf, holds } from './surroundings.ts'

/** Places in the text: start and end of the match, then of each group; -1 for a group that took no part. */
export type Captures = readonly number[]

interface Threads {
  places: number[]
  captures: Captures[]
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
  readonly #seen: Int32Array
  #generation = 0
  /** Instructions visited so far. */
  steps = 0

  constructor(program: Program) {
    this.#program = program
    this.#seen = new Int32Array(program.instructions.length)
  }

  find(text: string, { from, whole }: CaptureOptions): Captures | undefined {
    const none: Captures = new Array(2 * (this.#program.groupNames.length + 1)).fill(-1)
    const anchored = whole || this.#program.isAnchored
    let found: Captures | undefined
    let current: Threads = { places: [], captures: [] }
    let before = besideOf(codeBefore(text, from))
    this.#generation++
    for (let at = from; ; ) {
      const code = text.codePointAt(at)
      const after = besideOf(code)
      // A later start only counts when no earlier one is still on its way.
      if (!found && (at === 0 || !anchored)) this.#add(current, 0, { at, before, after, captures: none })
      if (current.places.length === 0 && (found || anchored)) return found
      const width = code !== undefined && code > 0xffff ? 2 : 1
      const next: Threads = { places: [], captures: [] }
      const nextAfter = code === undefined ? after : besideOf(text.codePointAt(at + width))
      this.#generation++
      for (let index = 0; index < current.places.length; index++) {
        // Both lists have the same length.
        const [place, captures] = [current.places[index]!, current.captures[index]!]
        const instruction = this.#program.instructions[place]
        if (instruction?.op === 'match') {
          if (whole && code !== undefined) continue
          found = captures.with(1, at)
          // Threads behind this one are less preferred.
          break
        }
        if (code === undefined || instruction?.op !== 'set' || !includes(instruction.set, code)) continue
        this.#add(next, place + 1, { at: at + width, before: after, after: nextAfter, captures })
      }
      if (code === undefined) return found
      current = next
      before = after
      at += width
    }
  }

  /** Adds a thread and, in order of preference, all that it reaches without reading. */
  #add(
    threads: Threads,
    start: number,
    side: { at: number; before: Beside; after: Beside; captures: Captures },
  ): void {
    const stack: [number, Captures][] = [
      [start, start === 0 ? side.captures.with(0, side.at) : side.captures],
    ]
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [place, captures] = top
      if (this.#seen[place] === this.#generation) continue
      this.#seen[place] = this.#generation
      this.steps++
      // Places come from the program itself.
      const instruction = this.#program.instructions[place]!
      switch (instruction.op) {
        case 'set':
        case 'match':
          threads.places.push(place)
          threads.captures.push(captures)
          break
        case 'assert':
          if (holds(instruction.kind, side.before, side.after)) stack.push([place + 1, captures])
          break
        case 'jump':
          stack.push([instruction.to, captures])
          break
        case 'split':
          stack.push([instruction.second, captures], [instruction.first, captures])
          break
        case 'save':
          stack.push([place + 1, captures.with(instruction.slot, side.at)])
      }
    }
  }
}

function codeBefore(text: string, at: number): number | undefined {
  if (at === 0) return undefined
  const unit = text.charCodeAt(at - 1)
  const isLow = unit >= 0xdc00 && unit < 0xe000
  return isLow && at > 1 ? text.codePointAt(at - 2) : unit
}
