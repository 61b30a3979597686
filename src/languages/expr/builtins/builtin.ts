import type { Budget } from '../budget.ts'
import { OperationError } from '../expr-error.ts'
import { isNumber, truncate, typeName, type Value } from '../value.ts'

/** What a function may use besides its arguments. */
export interface CallContext {
  budget: Budget
  /** Milliseconds since the Unix epoch, for `now()`. */
  now(): number
}

/** A built-in function with its least and greatest number of arguments. */
export interface Builtin {
  least: number
  most: number
  run(args: readonly Value[], context: CallContext): Value
}

export const builtin = (
  least: number,
  most: number,
  run: (args: readonly Value[], context: CallContext) => Value,
): Builtin => ({ least, most, run })

export function text(args: readonly Value[], index: number, name: string): string {
  const value = args[index] ?? null
  if (typeof value !== 'string')
    throw new OperationError(
      `cannot use ${typeName(value)} as argument ${index + 1} (type string) to call ${name}`,
    )
  return value
}

export function integer(args: readonly Value[], index: number, name: string): bigint {
  const value = args[index] ?? null
  if (!isNumber(value))
    throw new OperationError(
      `cannot use ${typeName(value)} as argument ${index + 1} (type int) to call ${name}`,
    )
  return typeof value === 'bigint' ? value : truncate(value)
}

export function list(args: readonly Value[], index: number, name: string): Value[] {
  const value = args[index] ?? null
  if (!Array.isArray(value)) throw new OperationError(`cannot ${name} ${typeName(value)}`)
  return value
}
