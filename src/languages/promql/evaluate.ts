import { aggregate } from './aggregate.ts'
import { combine } from './binary.ts'
import type { CallContext, PromFunction } from './call-context.ts'
import type { Evaluation } from './evaluation.ts'
import { histogramFunctions } from './histogram-functions.ts'
import { labelFunctions } from './label-functions.ts'
import { rangeFunctions } from './range-functions.ts'
import { evaluateMatrix, evaluateSelector, evaluateSubquery, type Ranges } from './selectors.ts'
import { type Call, type Expression, unwrap } from './syntax.ts'
import { EvaluationError, type Value, type VectorSeries, type VectorValue } from './value.ts'
import { mapSeries, vectorFunctions } from './vector-functions.ts'

const FUNCTIONS: ReadonlyMap<string, PromFunction> = new Map(
  Object.entries({
    ...vectorFunctions,
    ...rangeFunctions,
    ...labelFunctions,
    ...histogramFunctions,
    timestamp,
  }),
)

/** The value of an expression at every step of the evaluation. */
export function evaluate(evaluation: Evaluation, node: Expression): Value {
  switch (node.kind) {
    case 'number':
      return { type: 'scalar', values: new Float64Array(evaluation.steps).fill(node.value) }
    case 'string':
      return { type: 'string', value: node.value }
    case 'parenthesis':
      return evaluate(evaluation, node.expression)
    case 'selector':
      return { type: 'vector', series: evaluateSelector(evaluation, node) }
    case 'unary':
      return negate(evaluation, node.operator, evaluate(evaluation, node.expression))
    case 'binary':
      return combine(evaluation, node, evaluate(evaluation, node.left), evaluate(evaluation, node.right))
    case 'aggregation': {
      const parameter = node.parameter && evaluate(evaluation, node.parameter)
      const list = vectorOf(evaluate(evaluation, node.expression))
      return { type: 'vector', series: aggregate(evaluation, node, list, parameter) }
    }
    case 'call': {
      const compute = FUNCTIONS.get(node.name)
      if (!compute) throw new EvaluationError(`unknown function with name "${node.name}"`)
      return compute(callContext(evaluation, node))
    }
    case 'matrix':
    case 'subquery':
      throw new EvaluationError('a range vector has no value at an instant')
  }
}

/** The points that a range selector or subquery finds. */
export function evaluateRanges(evaluation: Evaluation, expression: Expression): Ranges {
  const node = unwrap(expression)
  if (node.kind === 'matrix') return evaluateMatrix(evaluation, node)
  if (node.kind !== 'subquery') throw new EvaluationError('expected a range vector')
  return evaluateSubquery(evaluation, node, (inner): VectorValue => {
    const value = evaluate(inner, node.expression)
    return { type: 'vector', series: vectorOf(value) }
  })
}

function vectorOf(value: Value): VectorSeries[] {
  if (value.type !== 'vector') throw new EvaluationError(`expected an instant vector, got ${value.type}`)
  return value.series
}

function negate(evaluation: Evaluation, operator: '+' | '-', value: Value): Value {
  if (operator === '+') return value
  if (value.type === 'scalar') return { type: 'scalar', values: value.values.map(number => -number) }
  const { query } = evaluation
  const series = vectorOf(value).map(one => ({
    ...one,
    values: one.values.map(number => -number),
    labels: query.delayedNameRemoval ? one.labels : one.labels.dropName(),
    dropName: query.delayedNameRemoval,
  }))
  return { type: 'vector', series }
}

/** The time of each sample: of the sample itself for a selector, of the evaluation for anything computed. */
function timestamp(context: CallContext): Value {
  const argument = unwrap(context.argument(0))
  const { evaluation } = context
  if (argument.kind === 'selector') {
    const series = evaluateSelector(evaluation, argument, 'timestamps')
    return { type: 'vector', series: mapSeries(context, series, value => value) }
  }
  const times = Float64Array.from({ length: evaluation.steps }, (_, step) => evaluation.timeAt(step) / 1000)
  const series = context.vector(0).map(one => ({ ...one, values: times.slice() }))
  return { type: 'vector', series: mapSeries(context, series, value => value) }
}

/** Evaluates arguments when they are asked for, and once. */
function callContext(evaluation: Evaluation, node: Call): CallContext {
  const values: (Value | undefined)[] = []
  const ranges: (Ranges | undefined)[] = []
  const argument = (index: number): Expression => {
    const found = node.args[index]
    if (!found) throw new EvaluationError(`${node.name}() has no argument ${index + 1}`)
    return found
  }
  const value = (index: number): Value => {
    const found = values[index] ?? evaluate(evaluation, argument(index))
    values[index] = found
    return found
  }
  return {
    evaluation,
    node,
    argument,
    has: index => index < node.args.length,
    vector: index => vectorOf(value(index)),
    ranges: index => {
      const found = ranges[index] ?? evaluateRanges(evaluation, argument(index))
      ranges[index] = found
      return found
    },
    scalar: index => {
      const found = value(index)
      if (found.type !== 'scalar') throw new EvaluationError(`expected a scalar, got ${found.type}`)
      return found.values
    },
    string: index => {
      const found = value(index)
      if (found.type !== 'string') throw new EvaluationError(`expected a string, got ${found.type}`)
      return found.value
    },
  }
}
