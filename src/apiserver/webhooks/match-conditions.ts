import type { MatchCondition, MutatingWebhook } from '../../kube/generated/admissionregistration-v1.ts'
import { admissionRequestType, compileMatchCondition } from '../../kube/cel/admission-environment.ts'
import { groupResourceOf } from '../../kube/kind.ts'
import { apiError } from '../../kube/status.ts'
import type { AuthorizationQuestion, Authorizer } from '../../languages/cel/builtins/authorizer.ts'
import { authorizerValue, requestResourceValue } from '../../languages/cel/builtins/authorizer.ts'
import { fromJson } from '../../languages/cel/json-value.ts'
import type { Program } from '../../languages/cel/program.ts'
import { dynType } from '../../languages/cel/type.ts'
import type { Value } from '../../languages/cel/value.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Attributes, Decision } from '../rbac/attributes.ts'
import { requestOf, type Shown } from './admission-review.ts'

/** Upstream's budget for the conditions of one webhook (RuntimeCELCostBudgetMatchConditions). */
const COST_BUDGET = 2_500_000

interface Condition {
  expression: string
  program: Program | undefined
  problem: string | undefined
}

const compiled = new WeakMap<MatchCondition[], readonly Condition[]>()

function conditionsOf(conditions: MatchCondition[]): readonly Condition[] {
  const known = compiled.get(conditions)
  if (known) return known
  const made = conditions.map(({ expression }) => {
    const { program, problem } = compileMatchCondition(expression)
    return { expression, program, problem }
  })
  compiled.set(conditions, made)
  return made
}

/**
 * Whether all match conditions of a webhook hold. One that is false counts before errors of others; errors skip the
 * webhook where its failure policy is Ignore, else they throw ApiError Forbidden.
 */
export function meetsConditions(
  { matchConditions, failurePolicy }: MutatingWebhook,
  { request, shown }: { request: AdmissionRequest; shown: Shown },
  authorize: (asked: Attributes) => Decision,
): boolean {
  if (!matchConditions?.length) return true
  const variables = variablesOf(request, shown, authorize)
  const errors: string[] = []
  let left = COST_BUDGET
  for (const { expression, program, problem } of conditionsOf(matchConditions)) {
    const outcome = program?.evaluate(variables, { costLimit: left })
    left -= outcome?.cost ?? 0
    if (outcome?.value === false) return false
    if (outcome?.value !== true)
      errors.push(`expression '${expression}' resulted in error: ${outcome?.error?.message ?? problem}`)
  }
  if (errors.length === 0) return true
  if (failurePolicy === 'Ignore') return false
  const { kind } = request
  const why = errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`
  throw apiError(
    'Forbidden',
    `${groupResourceOf(kind)} ${JSON.stringify(request.name)} is forbidden: ${why}`,
    { group: kind.group || undefined, kind: kind.plural, name: request.name },
  )
}

function variablesOf(
  request: AdmissionRequest,
  shown: Shown,
  authorize: (asked: Attributes) => Decision,
): Record<string, Value> {
  const authorizer = authorizerFor(request, authorize)
  return {
    object: fromJson(shown.object ?? null, dynType),
    oldObject: fromJson(shown.previous ?? null, dynType),
    request: fromJson(requestOf(request, shown), admissionRequestType),
    authorizer: authorizerValue(authorizer),
    'authorizer.requestResource': requestResourceValue(authorizer, {
      group: request.kind.group,
      resource: request.kind.plural,
      subresource: request.subresource ?? '',
      namespace: request.namespace ?? '',
      name: request.name,
    }),
  }
}

/** What expressions may ask about the user of the request, or about a service account. */
const authorizerFor = (
  { user }: AdmissionRequest,
  authorize: (asked: Attributes) => Decision,
): Authorizer => ({
  decide(question: AuthorizationQuestion) {
    const { serviceAccount, path, verb = '' } = question
    const asking = serviceAccount ? accountUser(serviceAccount) : user
    const asked: Attributes =
      path === undefined
        ? {
            user: asking,
            verb,
            group: question.group ?? '',
            resource: question.resource ?? '',
            subresource: question.subresource ?? '',
            namespace: question.namespace ?? '',
            name: question.name ?? '',
          }
        : { user: asking, verb, path }
    return authorize(asked)
  },
})

const accountUser = ([namespace, name]: readonly [string, string]) => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})
