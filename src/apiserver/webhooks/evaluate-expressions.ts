import type { AdmissionExpression } from '../../kube/cel/admission-expression.ts'
import { EvaluationError } from '../../languages/cel/cel-error.ts'
import { Mapping, type Value } from '../../languages/cel/value.ts'
import type { Inputs } from './expression-inputs.ts'

/** Upstream's limit for one expression (PerCallLimit). */
const CALL_LIMIT = 1_000_000

/** The expressions of one purpose have used up what they may cost together; none is evaluated any more. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget'
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run')
  }
}

/** What an expression yielded, or why it did not, in upstream's words. */
export type Evaluated =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string }

/** What expressions are evaluated with. */
export interface EvaluationContext {
  readonly inputs: Inputs
  /** Expressions by the name that others use them under, as `variables.NAME`. */
  readonly variables?: ReadonlyMap<string, AdmissionExpression> | undefined
}

/**
 * Evaluates expressions one after the other; where there is none, there is no result. Variables are evaluated when they
 * are first used, and once. `left` is what of the budget remains. Throws OutOfBudget.
 */
export function evaluateExpressions(
  expressions: readonly (AdmissionExpression | undefined)[],
  { inputs, variables }: EvaluationContext,
  budget: number,
): { results: readonly (Evaluated | undefined)[]; left: number } {
  const composed = variables && new ComposedVariables(variables, inputs)
  const all = composed?.inputs ?? inputs
  let left = budget
  const spend = (cost: number) => {
    if (cost > left) throw new OutOfBudget()
    left -= cost
  }
  const results = expressions.map((expression): Evaluated | undefined => {
    if (!expression) return undefined
    const { program, problem } = expression
    if (!program) return { error: `compilation error: ${problem}` }
    const outcome = program.evaluate(all, { costLimit: CALL_LIMIT })
    if (composed) spend(composed.takeCost())
    spend(outcome.cost)
    if (outcome.error)
      return { error: `expression '${expression.expression}' resulted in error: ${outcome.error.message}` }
    return { value: outcome.value }
  })
  return { results, left }
}

/** `variables`: each is evaluated when it is asked for, and what came of it is kept. */
class ComposedVariables extends Mapping {
  override readonly typeName = 'kubernetes.variables'
  /** The inputs with the variables among them. */
  readonly inputs: Inputs
  readonly #expressions: ReadonlyMap<string, AdmissionExpression>
  readonly #known = new Map<string, Value | EvaluationError>()
  #cost = 0

  constructor(expressions: ReadonlyMap<string, AdmissionExpression>, inputs: Inputs) {
    super()
    this.#expressions = expressions
    this.inputs = { ...inputs, variables: this }
  }

  override get size(): number {
    return this.#expressions.size
  }
  override keys(): readonly Value[] {
    return [...this.#expressions.keys()]
  }
  override get(key: Value): Value | undefined {
    const expression = typeof key === 'string' ? this.#expressions.get(key) : undefined
    if (!expression || typeof key !== 'string') return undefined
    const known = this.#known.get(key) ?? this.#evaluate(key, expression)
    this.#known.set(key, known)
    if (known instanceof EvaluationError) throw known
    return known
  }

  /** What the variables that were evaluated since have cost. */
  takeCost(): number {
    const cost = this.#cost
    this.#cost = 0
    return cost
  }

  #evaluate(name: string, { program, problem }: AdmissionExpression): Value | EvaluationError {
    const failed = (what: string) => new EvaluationError(`composited variable "${name}" fails to ${what}`)
    if (!program) return failed(`compile: ${problem}`)
    const outcome = program.evaluate(this.inputs, { costLimit: CALL_LIMIT })
    this.#cost += outcome.cost
    return outcome.error ? failed(`evaluate: ${outcome.error.message}`) : outcome.value
  }
}
