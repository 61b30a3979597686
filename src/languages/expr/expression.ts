import { isBuiltin } from './builtins/table.ts'
import { compileNode, newFrame } from './compile.ts'
import { OperationError } from './expr-error.ts'
import { parse } from './parser.ts'
import type { Value } from './value.ts'

export interface ExpressionOptions {
  /** Milliseconds since the Unix epoch, for `now()`; without it the function fails. */
  now?: () => number
}

/** A compiled expression of expr-lang: evaluates it with values for the names it was compiled for. Throws ExprError. */
export type Expression = (environment: Readonly<Record<string, Value>>) => Value

/**
 * Compiles an expression of expr-lang v1.17 that may use the given names. Throws ExprError for a mistake that
 * shows without values: syntax, unknown names, wrong numbers of arguments.
 */
export function compileExpression(
  source: string,
  names: readonly string[],
  options: ExpressionOptions = {},
): Expression {
  const evaluate = compileNode(parse(source, isBuiltin), { source, names: new Set(names), variables: [] })
  const now = options.now ?? noClock
  return environment => evaluate(newFrame(new Map(Object.entries(environment)), now))
}

const noClock = (): number => {
  throw new OperationError('now() has no clock here')
}
