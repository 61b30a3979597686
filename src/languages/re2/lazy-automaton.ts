import type { Alphabet } from './alphabet.ts'
import { accepts, Op } from './code.ts'
import type { Program } from './program.ts'
import { Beside, besideOf, holds } from './surroundings.ts'

/** Where a run may be. */
interface State {
  /** Sets, assertions and the match that may come next. */
  pending: Int32Array
  asserts: boolean
  matches: boolean
  /** What stood before, where an assertion asks. */
  before: Beside
  /** For each class, and for the end of the text. */
  next: (State | undefined)[]
}

const ending = (): State => ({
  pending: new Int32Array(0),
  asserts: false,
  matches: false,
  before: Beside.other,
  next: [],
})
const ACCEPT = ending()
const REJECT = ending()

/** Bytes of states that one automaton keeps; when they are full it starts over. */
const MAX_BYTES = 512 * 1024
/** States made again and again for fewer characters than this are not worth their keys. */
const WORTHWHILE_CHARACTERS = 10

/**
 * A deterministic automaton that is made while it runs (as RE2's DFA): each state is a set of instructions, and a
 * transition is worked out when it is first needed. Answers only whether there is a match.
 */
export class LazyAutomaton {
  readonly #program: Program
  readonly #alphabet: Alphabet
  readonly #whole: boolean
  readonly #seen: Int32Array
  readonly #stack: Int32Array
  readonly #found: Int32Array
  #generation = 0
  #states = new Map<string, State>()
  #bytes = 0
  #keepsStates = true
  #charactersSinceReset = 0
  #start: State | undefined
  /** Instructions visited and characters read so far. */
  steps = 0
  /** How often the states grew over their limit and were dropped. */
  resets = 0

  /** `whole`: the match must be the whole text; else it may be anywhere. */
  constructor(program: Program, alphabet: Alphabet, whole: boolean) {
    const { length } = program.code
    this.#program = program
    this.#alphabet = alphabet
    this.#whole = whole
    this.#seen = new Int32Array(length)
    this.#stack = new Int32Array(2 * length + 2)
    this.#found = new Int32Array(length)
  }

  test(text: string): boolean {
    const alphabet = this.#alphabet
    this.#keepsStates = true
    this.#start ??= this.#startState()
    let state = this.#start
    if (state === ACCEPT) return true
    let at = 0
    let counted = 0
    while (at < text.length) {
      let code = text.charCodeAt(at++)
      if (code >= 0xd800 && code < 0xdc00) {
        const low = text.charCodeAt(at)
        if (low >= 0xdc00 && low < 0xe000) {
          code = (code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
          at++
        }
      }
      const symbol = alphabet.classOf(code)
      let next = state.next[symbol]
      if (!next) {
        this.#charactersSinceReset += at - counted
        counted = at
        next = this.#transition(state, symbol)
      }
      if (next === ACCEPT || next === REJECT) {
        this.steps += at
        return next === ACCEPT
      }
      state = next
    }
    this.#charactersSinceReset += at - counted
    this.steps += at
    const atEnd = alphabet.members.length
    return (state.next[atEnd] ?? this.#transition(state, atEnd)) === ACCEPT
  }

  #startState(): State {
    this.#generation++
    return this.#stateOf(this.#follow(0, 0), Beside.edge)
  }

  #transition(state: State, symbol: number): State {
    const next = this.#compute(state, symbol)
    state.next[symbol] = next
    return next
  }

  /** The state after one more character; `symbol` behind the last class stands for the end of the text. */
  #compute(state: State, symbol: number): State {
    const { code } = this.#program
    const character = this.#alphabet.members[symbol]
    const after = besideOf(character)
    const ready = state.asserts ? this.#answered(state, after) : state
    if (ready.matches && (!this.#whole || character === undefined)) return ACCEPT
    if (character === undefined) return REJECT
    this.#generation++
    this.steps += ready.pending.length
    let count = 0
    for (const place of ready.pending)
      if (code.ops[place] === Op.set && accepts(code, place, character))
        count = this.#follow(place + 1, count)
    // A match may also begin behind this character.
    if (!this.#whole && !this.#program.isAnchored) count = this.#follow(0, count)
    return count === 0 ? REJECT : this.#stateOf(count, after)
  }

  /** What is pending when the assertions in it are answered. */
  #answered({ pending, before }: State, after: Beside): Pick<State, 'pending' | 'matches'> {
    this.#generation++
    let count = 0
    for (const place of pending) count = this.#follow(place, count, { before, after })
    const found = this.#found.slice(0, count)
    return { pending: found, matches: found.includes(this.#program.code.length - 1) }
  }

  /**
   * Adds to `#found`, behind the first `count`, everything that is reached without reading. Assertions are answered
   * when both sides are known, else found. Returns the new count.
   */
  #follow(start: number, count: number, sides?: { before: Beside; after: Beside }): number {
    const { ops, first, second, assertions } = this.#program.code
    const [seen, stack, generation] = [this.#seen, this.#stack, this.#generation]
    let top = 0
    stack[top++] = start
    while (top > 0) {
      const place = stack[--top]!
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
        case Op.save:
          stack[top++] = place + 1
          break
        case Op.assert:
          if (!sides) this.#found[count++] = place
          else if (holds(assertions[place]!, sides.before, sides.after)) stack[top++] = place + 1
          break
        default:
          this.#found[count++] = place
      }
    }
    return count
  }

  #stateOf(count: number, previous: Beside): State {
    const { ops, length } = this.#program.code
    const size = 4 * count + 8 * this.#alphabet.members.length + 200
    if (this.#keepsStates && this.#bytes + size > MAX_BYTES) this.#reset()
    const pending = this.#found.slice(0, count)
    const asserts = pending.some(place => ops[place] === Op.assert)
    const matches = this.#seen[length - 1] === this.#generation
    if (matches && !this.#whole) return ACCEPT
    const state: State = { pending, asserts, matches, before: asserts ? previous : Beside.other, next: [] }
    if (!this.#keepsStates) return state
    pending.sort()
    const key = String.fromCharCode(state.before, ...pending)
    const known = this.#states.get(key)
    if (known) return known
    this.#bytes += size
    state.next = new Array(this.#alphabet.members.length + 1)
    this.#states.set(key, state)
    return state
  }

  #reset(): void {
    this.resets++
    // As RE2 does: a text that needs a new state for nearly every character is simulated without keeping any.
    this.#keepsStates = this.#charactersSinceReset >= WORTHWHILE_CHARACTERS * this.#states.size
    this.#charactersSinceReset = 0
    this.#states = new Map()
    this.#bytes = 0
    this.#start = undefined
  }
}
