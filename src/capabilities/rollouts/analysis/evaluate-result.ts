import { evaluateCondition } from '../../../languages/expr/condition.ts'
import { ExprError } from '../../../languages/expr/expr-error.ts'
import type { Value } from '../../../languages/expr/value.ts'
import type { Metric } from './metric-limits.ts'
import type { Measurement } from './record.ts'

/**
 * Judges a measured value by the metric's conditions: without any it is good; one alone decides both ways; when both
 * are given and neither holds it is inconclusive. A condition that fails to evaluate makes an error, never a success.
 */
export function evaluateResult(
  metric: Metric,
  result: Value,
  now: () => number,
): Pick<Measurement, 'phase' | 'message'> {
  const holds = (condition: string | undefined): boolean | undefined =>
    condition ? evaluateCondition(condition, result, { now }) : undefined
  try {
    const [success, failure] = [holds(metric.successCondition), holds(metric.failureCondition)]
    if (success === undefined && failure === undefined) return { phase: 'Successful' }
    if (failure ?? !success) return { phase: 'Failed' }
    return { phase: (success ?? !failure) ? 'Successful' : 'Inconclusive' }
  } catch (error) {
    if (error instanceof ExprError) return { phase: 'Error', message: error.message }
    throw error
  }
}
