import { CostExceeded } from './cel-error.ts'
import type { Value } from './value.ts'

/** One run of a program: its variables by slot, and what it has cost. */
export interface Evaluation {
  readonly slots: Value[]
  cost: number
  readonly limit: number
}

/** Part of a program. Throws EvaluationError, CostExceeded. */
export type Step = (evaluation: Evaluation) => Value

/** Adds to the cost of the run. Throws CostExceeded beyond the limit. */
export function charge(evaluation: Evaluation, cost: number): void {
  evaluation.cost += cost
  if (evaluation.cost > evaluation.limit) throw new CostExceeded()
}
