import type { Evaluation } from './evaluation.ts'
import type { Ranges } from './selectors.ts'
import type { Call, Expression } from './syntax.ts'
import type { Value, VectorSeries } from './value.ts'

/** What a function is evaluated with: its arguments, by index, at every step. */
export interface CallContext {
  readonly evaluation: Evaluation
  readonly node: Call
  has(index: number): boolean
  argument(index: number): Expression
  vector(index: number): VectorSeries[]
  ranges(index: number): Ranges
  scalar(index: number): Float64Array
  string(index: number): string
}

export type PromFunction = (context: CallContext) => Value
