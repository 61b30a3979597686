import { OperationError } from '../expr-error.ts'
import { less } from '../operations.ts'
import { numbersIn } from '../predicates.ts'
import { formatFloat, isNumber, toInt64, truncate, typeName, type Value } from '../value.ts'
import { type Builtin, builtin, integer } from './builtin.ts'

const rounding = (name: string, round: (value: number) => number): Builtin =>
  builtin(1, 1, ([value = null]) => {
    if (!isNumber(value)) throw new OperationError(`invalid argument for ${name} (type ${typeName(value)})`)
    return round(Number(value))
  })

/** Half away from zero, where JavaScript rounds half up. */
const roundHalfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value))

function parseInteger(value: string): bigint {
  const number = /^[+-]?\d+$/.test(value) ? BigInt(value) : undefined
  if (number === undefined || number !== toInt64(number))
    throw new OperationError(`invalid operation: int(${value})`)
  return number
}

/** strconv.ParseFloat: also `Inf`, `NaN`, hexadecimal mantissas excepted. */
export function parseFloat64(value: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value)
  if (/^nan$/i.test(value)) return Number.NaN
  if (/^\+?inf(inity)?$/i.test(value)) return Number.POSITIVE_INFINITY
  return /^-inf(inity)?$/i.test(value) ? Number.NEGATIVE_INFINITY : undefined
}

const extreme = (name: 'min' | 'max'): Builtin =>
  builtin(1, Number.POSITIVE_INFINITY, args => {
    const better = (left: Value, right: Value) => (name === 'min' ? less(left, right) : less(right, left))
    return numbersIn(name, args).reduce<Value>(
      (best, value) => (best === null || better(value, best) ? value : best),
      null,
    )
  })

function median(values: readonly number[]): number {
  const ordered = values.toSorted((left, right) => left - right)
  const middle = Math.floor(ordered.length / 2)
  const [below = 0, above = 0] = [ordered[middle - 1], ordered[middle]]
  return ordered.length % 2 === 1 ? above : (below + above) / 2
}

const bits = (name: string, operate: (left: bigint, right: bigint) => bigint): Builtin =>
  builtin(2, 2, args => toInt64(operate(integer(args, 0, name), integer(args, 1, name))))

function shift(name: string, operate: (value: bigint, count: bigint) => bigint): Builtin {
  return bits(name, (value, count) => {
    if (count < 0n) throw new OperationError(`invalid operation: negative shift count ${count} (type int)`)
    return operate(value, count > 64n ? 64n : count)
  })
}

export const numbers: Record<string, Builtin> = {
  abs: builtin(1, 1, ([value = null]) => {
    if (typeof value === 'bigint') return toInt64(value < 0n ? -value : value)
    if (typeof value === 'number') return Math.abs(value)
    throw new OperationError(`invalid argument for abs (type ${typeName(value)})`)
  }),
  ceil: rounding('ceil', Math.ceil),
  floor: rounding('floor', Math.floor),
  round: rounding('round', roundHalfAway),
  int: builtin(1, 1, ([value = null]) => {
    if (typeof value === 'bigint') return value
    if (typeof value === 'number') return truncate(value)
    if (typeof value === 'string') return parseInteger(value)
    throw new OperationError(`invalid operation: int(${typeName(value)})`)
  }),
  float: builtin(1, 1, ([value = null]) => {
    if (isNumber(value)) return Number(value)
    const parsed = typeof value === 'string' ? parseFloat64(value) : undefined
    if (parsed === undefined)
      throw new OperationError(
        `invalid operation: float(${typeof value === 'string' ? value : typeName(value)})`,
      )
    return parsed
  }),
  max: extreme('max'),
  min: extreme('min'),
  mean: builtin(1, Number.POSITIVE_INFINITY, args => {
    const values = numbersIn('mean', args).map(Number)
    return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
  }),
  median: builtin(1, Number.POSITIVE_INFINITY, args => median(numbersIn('median', args).map(Number))),
  bitand: bits('bitand', (left, right) => left & right),
  bitor: bits('bitor', (left, right) => left | right),
  bitxor: bits('bitxor', (left, right) => left ^ right),
  bitnand: bits('bitnand', (left, right) => left & ~right),
  bitnot: builtin(1, 1, args => ~integer(args, 0, 'bitnot')),
  bitshl: shift('bitshl', (value, count) => value << count),
  bitshr: shift('bitshr', (value, count) => value >> count),
  bitushr: shift('bitushr', (value, count) => BigInt.asUintN(64, value) >> count),
}

/** Rollouts' `asInt`: a string of digits, nothing else. */
export function asInt(value: Value): Value {
  if (typeof value !== 'string') throw new OperationError(`asInt takes a string (got ${typeName(value)})`)
  return parseInteger(value)
}

/** Rollouts' `asFloat`: a string that holds a number. */
export function asFloat(value: Value): Value {
  const parsed = typeof value === 'string' ? parseFloat64(value) : undefined
  if (parsed !== undefined) return parsed
  const found = typeof value === 'number' ? formatFloat(value) : typeName(value)
  throw new OperationError(
    typeof value === 'string' ? `asFloat: "${value}" is no number` : `asFloat takes a string (got ${found})`,
  )
}
