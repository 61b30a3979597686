import { CostExceeded, EvaluationError, formatIssues, type Issue, SyntaxIssue } from './cel-error.ts'
import { check, type Checked } from './checker.ts'
import { type Compiled, compileSteps } from './compile.ts'
import type { Environment } from './environment.ts'
import { estimateCost } from './estimate.ts'
import type { Evaluation } from './evaluation.ts'
import { validateLiterals } from './literals.ts'
import { parse } from './parser.ts'
import type { Range } from './size.ts'
import type { Expression } from './syntax.ts'
import type { Type } from './type.ts'
import type { Value } from './value.ts'

/** What came of an evaluation, and what it has cost. */
export type Outcome = { readonly cost: number } & (
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: EvaluationError | CostExceeded }
)

/** An expression that is ready to be evaluated many times. */
export class Program {
  readonly expression: string
  /** The type of its values. */
  readonly type: Type
  /** The variables of its environment that it uses. */
  readonly references: ReadonlySet<string>
  /** The least and most that it can cost, by declared sizes. */
  readonly estimatedCost: Range
  readonly #compiled: Compiled

  constructor(expression: string, parts: { type: Type; checked: Checked; cost: Range; compiled: Compiled }) {
    this.expression = expression
    this.type = parts.type
    this.references = parts.checked.references
    this.estimatedCost = parts.cost
    this.#compiled = parts.compiled
  }

  /** Evaluates with the variables' values. Never throws what the expression itself does wrong. */
  evaluate(
    variables: Readonly<Record<string, Value | undefined>>,
    { costLimit = Number.POSITIVE_INFINITY }: { costLimit?: number } = {},
  ): Outcome {
    const { run, slotCount, inputs } = this.#compiled
    const slots: Value[] = new Array(slotCount)
    for (const [name, slot] of inputs) {
      const value = variables[name]
      if (value !== undefined) slots[slot] = value
    }
    const evaluation: Evaluation = { slots, cost: 0, limit: costLimit }
    try {
      const value = run(evaluation)
      return { value, cost: evaluation.cost }
    } catch (error) {
      if (error instanceof EvaluationError || error instanceof CostExceeded)
        return { error, cost: evaluation.cost }
      // Nesting is bounded by the parser, but values may nest deeper than the stack.
      if (error instanceof RangeError)
        return {
          error: new EvaluationError('values nest too deeply', { cause: error }),
          cost: evaluation.cost,
        }
      throw error
    }
  }
}

/** A program, or what is wrong with the expression: as cel-go prints it. */
export type Compilation =
  | { readonly program: Program; readonly problem?: undefined }
  | { readonly program?: undefined; readonly problem: string }

/** Parses, checks and compiles an expression for an environment. */
export function compile(expression: string, environment: Environment): Compilation {
  try {
    const root = parse(expression)
    const checked = check(root, environment)
    const issues: readonly Issue[] = checked.issues.length > 0 ? checked.issues : validateLiterals(checked)
    if (issues.length > 0) return { problem: formatIssues(expression, issues) }
    return { program: programOf(expression, { root, checked, environment }) }
  } catch (error) {
    if (error instanceof SyntaxIssue) return { problem: formatIssues(expression, [error]) }
    if (error instanceof EvaluationError) return { problem: `program instantiation failed: ${error.message}` }
    throw error
  }
}

interface Parsed {
  readonly root: Expression
  readonly checked: Checked
  readonly environment: Environment
}

function programOf(expression: string, { root, checked, environment }: Parsed): Program {
  const cost = estimateCost(root, checked, environment)
  const compiled = compileSteps(root, checked, environment)
  // The checker has a type for every node.
  const type = checked.types.get(root) as Type
  return new Program(expression, { type, checked, cost, compiled })
}
