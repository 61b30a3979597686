import { operation } from './arithmetic.ts'
import type { Evaluation } from './evaluation.ts'
import { type Binary, isSetOperator, type VectorMatching } from './syntax.ts'
import {
  EvaluationError,
  hasAny,
  mergeDuplicates,
  newSeries,
  type ScalarValue,
  type Value,
  type VectorSeries,
} from './value.ts'
import { combineSets, combineVectors } from './vector-matching.ts'

const DEFAULT_MATCHING: VectorMatching = { cardinality: 'one-to-one', labels: [], on: false, include: [] }

/** Combines the values of both sides of a binary operator. */
export function combine(evaluation: Evaluation, node: Binary, left: Value, right: Value): Value {
  if (left.type === 'string' || right.type === 'string')
    throw new EvaluationError('binary expression must contain only scalar and instant vector types')
  const { operator, returnBool } = node
  const matching = node.matching ?? DEFAULT_MATCHING
  if (left.type === 'vector' && right.type === 'vector') {
    const sides = { left: left.series, right: right.series }
    if (isSetOperator(operator))
      return { type: 'vector', series: mergeDuplicates(combineSets(evaluation, operator, matching, sides)) }
    const combined = combineVectors(evaluation, { ...operation(operator), returnBool }, matching, sides)
    return { type: 'vector', series: combined }
  }
  if (left.type === 'vector' && right.type === 'scalar')
    return { type: 'vector', series: withScalar(evaluation, node, { vector: left.series, scalar: right }) }
  if (right.type === 'vector' && left.type === 'scalar')
    return {
      type: 'vector',
      series: withScalar(evaluation, node, { vector: right.series, scalar: left, scalarFirst: true }),
    }
  // Both are scalars: the other combinations returned above.
  return ofScalars(evaluation, node, left as ScalarValue, right as ScalarValue)
}

function ofScalars(
  { steps }: Evaluation,
  { operator }: Binary,
  left: ScalarValue,
  right: ScalarValue,
): ScalarValue {
  const values = new Float64Array(steps)
  if (isSetOperator(operator)) throw new EvaluationError(`set operator "${operator}" between scalars`)
  const { value } = operation(operator)
  for (let step = 0; step < steps; step++)
    values[step] = value(left.values[step] ?? 0, right.values[step] ?? 0)
  return { type: 'scalar', values }
}

function withScalar(
  evaluation: Evaluation,
  { operator, returnBool }: Binary,
  sides: { vector: VectorSeries[]; scalar: ScalarValue; scalarFirst?: boolean },
): VectorSeries[] {
  const { query, steps } = evaluation
  if (isSetOperator(operator)) throw new EvaluationError(`set operator "${operator}" with a scalar`)
  const { value, keeps, isComparison } = operation(operator)
  const filters = isComparison && !returnBool
  query.charge(sides.vector.length * steps)
  const result: VectorSeries[] = []
  for (const series of sides.vector) {
    const labels = filters || query.delayedNameRemoval ? series.labels : series.labels.dropName()
    const output = newSeries(labels, filters ? series.dropName : query.delayedNameRemoval, steps)
    for (let step = 0; step < steps; step++) {
      if (!series.present[step]) continue
      const sample = series.values[step] ?? 0
      const number = sides.scalar.values[step] ?? 0
      const [a, b] = sides.scalarFirst ? [number, sample] : [sample, number]
      if (filters && !keeps(a, b)) continue
      // A filter keeps the vector's value, on whichever side it stands.
      output.values[step] = filters ? sample : value(a, b)
      output.present[step] = 1
    }
    if (hasAny(output)) result.push(output)
  }
  return mergeDuplicates(result)
}
