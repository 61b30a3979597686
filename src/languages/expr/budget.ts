import { OperationError } from './expr-error.ts'

// expr-lang's vm.MemoryBudget; here it also bounds the steps of loops.
const UNITS = 1_000_000

/** What one evaluation may still use: an item made or visited costs one unit, a string one for each character. */
export class Budget {
  #left = UNITS

  spend(units: number): void {
    this.#left -= units
    if (this.#left < 0) throw new OperationError('memory budget exceeded')
  }
}
