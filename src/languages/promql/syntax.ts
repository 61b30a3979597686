import type { Matcher } from './matcher.ts'

/** Offsets into the query text: from the first character to after the last. */
export interface Span {
  start: number
  end: number
}

export type ValueType = 'scalar' | 'string' | 'instant vector' | 'range vector'

/** Where a selector or subquery looks: `@ TIME` (milliseconds, or the query's start or end) and `offset`. */
export interface TimeModifiers {
  offsetMs: number
  at: { ms: number } | 'start' | 'end' | undefined
}

export interface NumberLiteral extends Span {
  kind: 'number'
  value: number
}
export interface StringLiteral extends Span {
  kind: 'string'
  value: string
}
export interface VectorSelector extends Span, TimeModifiers {
  kind: 'selector'
  /** The metric's name when an equality matcher gives it. */
  metric: string
  matchers: readonly Matcher[]
}
export interface MatrixSelector extends Span {
  kind: 'matrix'
  selector: VectorSelector
  rangeMs: number
}
export interface Subquery extends Span, TimeModifiers {
  kind: 'subquery'
  expression: Expression
  rangeMs: number
  /** 0 for the engine's default. */
  stepMs: number
}
export interface Call extends Span {
  kind: 'call'
  name: string
  args: readonly Expression[]
}
export interface Aggregation extends Span {
  kind: 'aggregation'
  operator: AggregationOperator
  expression: Expression
  parameter: Expression | undefined
  grouping: readonly string[]
  without: boolean
}
export interface Unary extends Span {
  kind: 'unary'
  operator: '+' | '-'
  expression: Expression
}
export interface Parenthesis extends Span {
  kind: 'parenthesis'
  expression: Expression
}
export interface VectorMatching {
  cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  labels: readonly string[]
  on: boolean
  include: readonly string[]
}
export interface Binary extends Span {
  kind: 'binary'
  operator: BinaryOperator
  left: Expression
  right: Expression
  returnBool: boolean
  /** Present when both sides are instant vectors. */
  matching: VectorMatching | undefined
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Unary
  | Parenthesis
  | Binary

export const AGGREGATIONS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
] as const
export type AggregationOperator = (typeof AGGREGATIONS)[number]

export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const
export const SET_OPERATORS = ['and', 'or', 'unless'] as const
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'] as const
export type ComparisonOperator = (typeof COMPARISONS)[number]
export type SetOperator = (typeof SET_OPERATORS)[number]
export type ArithmeticOperator = (typeof ARITHMETIC)[number]
export type BinaryOperator = ComparisonOperator | SetOperator | ArithmeticOperator

const asSet = (list: readonly string[]): ReadonlySet<string> => new Set(list)
const comparisons = asSet(COMPARISONS)
const setOperators = asSet(SET_OPERATORS)
const aggregations = asSet(AGGREGATIONS)

export const isComparison = (operator: string): operator is ComparisonOperator => comparisons.has(operator)
export const isSetOperator = (operator: string): operator is SetOperator => setOperators.has(operator)
export const isAggregation = (word: string): word is AggregationOperator => aggregations.has(word)

/** The expression inside any parentheses. */
export function unwrap(expression: Expression): Expression {
  let inner = expression
  while (inner.kind === 'parenthesis') inner = inner.expression
  return inner
}
