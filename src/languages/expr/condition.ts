import { asFloat, asInt } from './builtins/numbers.ts'
import { ExprError, OperationError } from './expr-error.ts'
import { compileExpression, type ExpressionOptions } from './expression.ts'
import { isNumber, typeName, type Value } from './value.ts'

/** The functions that Argo Rollouts adds to the language. */
const functions: Record<string, Value> = {
  asInt: (value: Value = null) => asInt(value),
  asFloat: (value: Value = null) => asFloat(value),
  isNaN: (value: Value = null) => Number.isNaN(float(value, 'isNaN')),
  isInf: (value: Value = null) => Math.abs(float(value, 'isInf')) === Number.POSITIVE_INFINITY,
  isNil: (value: Value = null) => value === null,
  default: (value: Value = null, otherwise: Value = null) => value ?? otherwise,
}
const names = ['result', ...Object.keys(functions)]

function float(value: Value, name: string): number {
  if (!isNumber(value))
    throw new OperationError(`cannot use ${typeName(value)} as argument 1 (type float64) to call ${name}`)
  return Number(value)
}

/**
 * Evaluates a success or failure condition of an analysis metric against `result`. Throws ExprError, also where
 * the outcome is no bool.
 */
export function evaluateCondition(condition: string, result: Value, options?: ExpressionOptions): boolean {
  const outcome = compileExpression(condition, names, options)({ ...functions, result })
  if (typeof outcome !== 'boolean')
    throw new ExprError(`expected bool, but got ${typeName(outcome)}`, condition, 0)
  return outcome
}
