import type { Annotations } from './annotations.ts'
import type { Storage } from './storage.ts'
import { EvaluationError } from './value.ts'

/** What stays the same through a query, subqueries included. */
export interface Query {
  readonly text: string
  readonly storage: Storage
  readonly annotations: Annotations
  readonly lookbackMs: number
  readonly subqueryStepMs: number
  /** Keep the names of metrics until the end, where functions dropped them (upstream's `promql-delayed-name-removal`). */
  readonly delayedNameRemoval: boolean
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  readonly isInstant: boolean
  /** Called now and then; throws to end the query. */
  checkpoint(): void
  /** Takes note of so many more samples in memory; throws past the limit. */
  charge(samples: number): void
}

/** The instants that an expression is evaluated at: the query's own, or a subquery's. */
export class Evaluation {
  readonly query: Query
  readonly startMs: number
  readonly stepMs: number
  readonly steps: number

  constructor(query: Query, startMs: number, endMs: number, stepMs: number) {
    this.query = query
    this.startMs = startMs
    this.stepMs = stepMs
    this.steps = endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1
  }

  timeAt(step: number): number {
    return this.startMs + step * this.stepMs
  }

  get lastMs(): number {
    return this.timeAt(this.steps - 1)
  }
}

/** Counts samples against a limit, in upstream's words. */
export function sampleBudget(limit: number): (samples: number) => void {
  let used = 0
  return samples => {
    used += samples
    if (used > limit)
      throw new EvaluationError('query processing would load too many samples into memory in query execution')
  }
}
