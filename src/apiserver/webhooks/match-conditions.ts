import { type AdmissionExpression, compileMatchCondition } from '../../kube/cel/admission-expression.ts'
import type { MatchCondition, MutatingWebhook } from '../../kube/generated/admissionregistration-v1.ts'
import { groupResourceOf } from '../../kube/kind.ts'
import { apiError } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Shown } from './admission-review.ts'
import {
  type Evaluated,
  type EvaluationContext,
  evaluateExpressions,
  OutOfBudget,
} from './evaluate-expressions.ts'
import { type Authorize, expressionInputs } from './expression-inputs.ts'

/** Upstream's budget for the conditions of one webhook or policy (RuntimeCELCostBudgetMatchConditions). */
const COST_BUDGET = 2_500_000

/** Whether conditions hold; `problem` says why that cannot be told. */
export type Match = boolean | { readonly problem: string }

/** Looks at match conditions: one that is false counts before errors of others. */
export function conditionsMatch(
  conditions: readonly AdmissionExpression[],
  context: EvaluationContext,
): Match {
  let results: readonly (Evaluated | undefined)[]
  try {
    results = evaluateExpressions(conditions, context, COST_BUDGET).results
  } catch (error) {
    if (error instanceof OutOfBudget) return { problem: error.message }
    throw error
  }
  if (results.some(result => result?.value === false)) return false
  const errors = [...new Set(results.flatMap(result => result?.error ?? []))]
  if (errors.length === 0) return true
  return { problem: errors.length === 1 ? `${errors[0]}` : `[${errors.join(', ')}]` }
}

const compiled = new WeakMap<MatchCondition[], readonly AdmissionExpression[]>()

function conditionsOf(conditions: MatchCondition[]): readonly AdmissionExpression[] {
  const known = compiled.get(conditions)
  if (known) return known
  const made = conditions.map(({ expression }) => compileMatchCondition(expression))
  compiled.set(conditions, made)
  return made
}

/**
 * Whether all match conditions of a webhook hold. Where that cannot be told the webhook is skipped if its failure
 * policy is Ignore; else ApiError Forbidden is thrown.
 */
export function meetsConditions(
  { matchConditions, failurePolicy }: MutatingWebhook,
  { request, shown }: { request: AdmissionRequest; shown: Shown },
  authorize: Authorize,
): boolean {
  if (!matchConditions?.length) return true
  const inputs = expressionInputs(request, shown, { authorize })
  const match = conditionsMatch(conditionsOf(matchConditions), { inputs })
  if (typeof match === 'boolean') return match
  if (failurePolicy === 'Ignore') return false
  const { kind } = request
  throw apiError(
    'Forbidden',
    `${groupResourceOf(kind)} ${JSON.stringify(request.name)} is forbidden: ${match.problem}`,
    { group: kind.group || undefined, kind: kind.plural, name: request.name },
  )
}
