import type { ArithmeticOperator, BinaryOperator, ComparisonOperator } from './syntax.ts'

/** Go's Pow: 1 to any power is 1, and so is -1 to an infinite one. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1
  return base ** exponent
}

const arithmetic: Record<ArithmeticOperator, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
}
const comparison: Record<ComparisonOperator, (a: number, b: number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

export interface Operation {
  isComparison: boolean
  /** For arithmetic, and for comparisons with `bool`: the value. */
  value: (a: number, b: number) => number
  /** For comparisons: whether the left value stays. */
  keeps: (a: number, b: number) => boolean
}

export function operation(operator: Exclude<BinaryOperator, 'and' | 'or' | 'unless'>): Operation {
  if (operator in comparison) {
    // Just found among the comparisons.
    const keeps = comparison[operator as ComparisonOperator]
    return { isComparison: true, keeps, value: (a, b) => (keeps(a, b) ? 1 : 0) }
  }
  const value = arithmetic[operator as ArithmeticOperator]
  return { isComparison: false, value, keeps: () => true }
}
