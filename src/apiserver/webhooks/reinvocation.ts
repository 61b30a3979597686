import { copyJson, equalJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionRequest } from '../admission.ts'

/** What one mutating plugin has done to a request so far: who is to be asked once more, in the second round. */
export class Round {
  /** Whether this is the second time that the plugin sees the request. */
  isAgain = false
  /** Asked already, and willing to be asked again when somebody changes the object after them. */
  readonly #asked = new Set<string>()
  /** Of these, whose object has changed since. */
  readonly #due = new Set<string>()
  #output: KubeObject | undefined

  /** Whether it is the turn of that one: all of them in the first round, then those that are due. */
  isTurnOf(id: string): boolean {
    return !this.isAgain || this.#due.has(id)
  }
  /** Whoever was asked and wants to see later changes is asked again. */
  changed(): void {
    for (const id of this.#asked) this.#due.add(id)
    this.#asked.clear()
  }
  askAgainAfterChanges(id: string): void {
    this.#asked.add(id)
  }

  begin({ object }: AdmissionRequest): void {
    if (this.isAgain && object && !equalJson(object, this.#output)) this.changed()
  }
  end({ object }: AdmissionRequest): void {
    this.#output = object && copyJson(object)
    this.isAgain = true
  }
}

/** The rounds of one plugin, by request. */
export class Rounds {
  readonly #rounds = new WeakMap<AdmissionRequest, Round>()

  of(request: AdmissionRequest): Round {
    let round = this.#rounds.get(request)
    if (!round) {
      round = new Round()
      this.#rounds.set(request, round)
    }
    return round
  }
}
