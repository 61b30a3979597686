import type { Alphabet } from './alphabet.ts'
import { includes } from './character-set.ts'
import type { Program } from './program.ts'
import { Beside, besideOf, holds } from './surroundings.ts'

/** Where a run may be: instructions still to be tried, and what stood before. `next` has a place for each class. */
interface State {
  pending: readonly number[]
  before: Beside
  next: (State | undefined)[]
}

const ACCEPT: State = { pending: [], before: Beside.other, next: [] }
const REJECT: State = { pending: [], before: Beside.other, next: [] }

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
    this.#program = program
    this.#alphabet = alphabet
    this.#whole = whole
    this.#seen = new Int32Array(program.instructions.length)
  }

  test(text: string): boolean {
    const alphabet = this.#alphabet
    const atEnd = alphabet.members.length
    this.#keepsStates = true
    this.#start ??= this.#stateOf(this.#closed([0]), Beside.edge)
    let state = this.#start
    let at = 0
    let counted = 0
    while (at < text.length && state !== ACCEPT && state !== REJECT) {
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
      state = next
    }
    this.#charactersSinceReset += at - counted
    this.steps += at
    if (state === ACCEPT || state === REJECT) return state === ACCEPT
    return (state.next[atEnd] ?? this.#transition(state, atEnd)) === ACCEPT
  }

  #transition(state: State, symbol: number): State {
    const next = this.#compute(state, symbol)
    state.next[symbol] = next
    return next
  }

  /** The state after one more character; `symbol` behind the last class stands for the end of the text. */
  #compute({ pending, before }: State, symbol: number): State {
    const code = this.#alphabet.members[symbol]
    const after = besideOf(code)
    const ready = this.#resolved(pending, before, after)
    if (ready === 'matched') return ACCEPT
    if (code === undefined) return REJECT
    const reached: number[] = []
    for (const place of ready) {
      const instruction = this.#program.instructions[place]
      if (instruction?.op === 'set' && includes(instruction.set, code)) reached.push(place + 1)
    }
    if (!this.#whole && !this.#program.isAnchored) reached.push(0)
    const following = this.#closed(reached)
    if (following.length === 0) return REJECT
    if (!this.#whole && following.some(place => this.#program.instructions[place]?.op === 'match'))
      return ACCEPT
    return this.#stateOf(following, after)
  }

  /** Follows everything that reads nothing and asks nothing. */
  #closed(from: readonly number[]): number[] {
    return this.#follow(from, undefined) as number[]
  }

  /** Answers the assertions too; only sets are left. */
  #resolved(from: readonly number[], before: Beside, after: Beside): readonly number[] | 'matched' {
    return this.#follow(from, { before, after })
  }

  #follow(
    from: readonly number[],
    sides: { before: Beside; after: Beside } | undefined,
  ): number[] | 'matched' {
    const generation = ++this.#generation
    const seen = this.#seen
    const found: number[] = []
    const stack = [...from]
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (seen[place] === generation) continue
      seen[place] = generation
      this.steps++
      // Places come from the program itself.
      const instruction = this.#program.instructions[place]!
      switch (instruction.op) {
        case 'set':
          found.push(place)
          break
        case 'match':
          if (!sides) found.push(place)
          else if (!this.#whole || sides.after === Beside.edge) return 'matched'
          break
        case 'assert':
          if (!sides) found.push(place)
          else if (holds(instruction.kind, sides.before, sides.after)) stack.push(place + 1)
          break
        case 'jump':
          stack.push(instruction.to)
          break
        case 'split':
          stack.push(instruction.second, instruction.first)
          break
        case 'save':
          stack.push(place + 1)
      }
    }
    return found
  }

  #stateOf(pending: number[], previous: Beside): State {
    const asks = pending.some(place => this.#program.instructions[place]?.op === 'assert')
    const before = asks ? previous : Beside.other
    const size = 8 * (pending.length + this.#alphabet.members.length) + 100
    if (this.#keepsStates && this.#bytes + size > MAX_BYTES) this.#reset()
    if (!this.#keepsStates) return { pending, before, next: [] }
    pending.sort((left, right) => left - right)
    const key = String.fromCharCode(before, ...pending)
    const known = this.#states.get(key)
    if (known) return known
    this.#bytes += size
    const state: State = { pending, before, next: new Array(this.#alphabet.members.length + 1) }
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
