import { equalJson } from '../../kube/copy.ts'
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '../../kube/generated/admissionregistration-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { applyJsonPatch, FailedTest } from '../../kube/patch/json-patch.ts'
import { ApiError, apiError } from '../../kube/status.ts'
import { fromJson } from '../../languages/cel/json-value.ts'
import { dynType } from '../../languages/cel/type.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { evaluateExpressions } from '../webhooks/evaluate-expressions.ts'
import { expressionInputs } from '../webhooks/expression-inputs.ts'
import { conditionsMatch } from '../webhooks/match-conditions.ts'
import { type Round, Rounds } from '../webhooks/reinvocation.ts'
import { patchedAs, replaceContent, shownAs } from '../webhooks/versions.ts'
import { applyConfiguration } from './apply-configuration.ts'
import { isPolicyObject } from './exempt.ts'
import { type Invocation, invocationsOf } from './invocations.ts'
import { type MutationProblem, mutationRefusal } from './mutation-refusal.ts'
import type { CompiledMutatingPolicy, CompiledMutation } from './mutating-policy.ts'
import { configurationOf, operationsOf } from './patch-value.ts'
import type { PolicyCatalog } from './policy-catalog.ts'
import { namespaceFor, type PolicyParts } from './validating-admission.ts'

type Policy = MutatingAdmissionPolicy
type Binding = MutatingAdmissionPolicyBinding
export type MutatingCatalog = PolicyCatalog<Policy, Binding, CompiledMutatingPolicy>
type MutatingInvocation = Invocation<Policy, Binding, CompiledMutatingPolicy>

/** Upstream's budget for one mutation (RuntimeCELCostBudget). */
const COST_BUDGET = 10_000_000

/** MutatingAdmissionPolicy, for its place in the chain. */
export const mutatingPolicyAdmission = (parts: PolicyParts, catalog: MutatingCatalog): AdmissionPlugin => ({
  name: 'MutatingAdmissionPolicy',
  handles: request =>
    request.operation !== 'DELETE' && catalog.candidates(request).length > 0 && !isPolicyObject(request),
  mutate: request => mutate(parts, catalog, request),
})

const rounds = new Rounds()

/** One policy after the other, each on what the one before left; all that they fail at is told together. */
async function mutate(
  parts: PolicyParts,
  catalog: MutatingCatalog,
  request: AdmissionRequest,
): Promise<void> {
  const found = await invocationsOf(parts, catalog.candidates(request), request)
  const round = rounds.of(request)
  round.begin(request)
  const problems: MutationProblem[] = found.misconfigurations.map(({ policy, binding, problem }) => ({
    policy,
    binding,
    message: `failed to configure ${binding ? 'binding' : 'policy'}: ${problem}`,
  }))
  for (const invocation of found.invocations)
    for (const param of invocation.params)
      problems.push(...(await invoke(parts, { ...invocation, param }, { request, round })))
  round.end(request)
  const serious = problems.filter(({ policy }) => policy.spec.failurePolicy !== 'Ignore')
  if (serious.length > 0) throw mutationRefusal(request, serious)
}

type WithParam = MutatingInvocation & { readonly param: KubeObject | undefined }

async function invoke(
  parts: PolicyParts,
  invocation: WithParam,
  { request, round }: { request: AdmissionRequest; round: Round },
): Promise<MutationProblem[]> {
  const { policy, binding, compiled, param } = invocation
  const problem = (message: string): MutationProblem => ({ policy, binding, message, reason: 'Invalid' })
  const match = conditionsMatch(compiled.matchConditions, await contextOf(parts, invocation, request))
  if (match === false) return []
  if (match !== true) return [problem(match.problem)]
  const { name, namespace = '' } = param?.metadata ?? { name: '' }
  const id = JSON.stringify([policy.metadata.name, binding.metadata.name, namespace, name])
  if (!round.isTurnOf(id)) return []
  const problems: MutationProblem[] = []
  let isPatched = false
  for (const mutation of compiled.mutations) {
    try {
      if (await patch(parts, { invocation, mutation, request })) isPatched = true
    } catch (error) {
      if (error instanceof ApiError) throw error
      problems.push(problem((error as Error).message))
    }
  }
  if (policy.spec.reinvocationPolicy === 'IfNeeded') round.askAgainAfterChanges(id)
  if (isPatched) {
    round.changed()
    request.wantsReinvocation = true
  }
  return problems
}

async function contextOf(
  parts: PolicyParts,
  { compiled, version, param }: WithParam,
  request: AdmissionRequest,
) {
  const shown = await shownAs(parts.registry, request, version)
  const namespace = namespaceFor(parts, request)
  const inputs = expressionInputs(request, shown, { authorize: parts.authorize, namespace })
  return { inputs: { ...inputs, params: fromJson(param, dynType) }, variables: compiled.variables, shown }
}

interface Patching {
  readonly invocation: WithParam
  readonly mutation: CompiledMutation
  readonly request: AdmissionRequest
}

/** Makes one mutation; whether there was an object to make it of. Throws ApiError, or Error that says why it was not made. */
async function patch(parts: PolicyParts, { invocation, mutation, request }: Patching): Promise<boolean> {
  const { object } = request
  const context = await contextOf(parts, invocation, request)
  const before = context.shown.object
  if (!object || !before) return false
  const { expression, kind } = mutation
  if (!expression.program) throw new Error(expression.problem)
  const [result] = evaluateExpressions([expression], context, COST_BUDGET).results
  if (result?.value === undefined) throw new Error(result?.error)
  const { version } = invocation
  const { registry } = parts
  if (kind === 'ApplyConfiguration') {
    const schema = registry.find(version.group, version.version, version.plural)?.schema
    const patched = applyConfiguration(before, configurationOf(result.value), schema)
    replaceContent(object, await patchedAs(registry, { request, version, patched }))
    return true
  }
  const patched = jsonPatched(before, operationsOf(result.value))
  if (equalJson(patched, before)) return true
  replaceContent(
    object,
    await strictly(() => patchedAs(registry, { request, version, patched, fieldValidation: 'Strict' })),
  )
  return true
}

/** Where a test fails, the whole patch is not made. */
function jsonPatched(before: KubeObject, operations: readonly unknown[]): KubeObject {
  try {
    // A patched object is one still, or what is made of it is refused.
    return applyJsonPatch(before, operations) as KubeObject
  } catch (error) {
    if (error instanceof FailedTest) return before
    throw new Error(`JSON Patch: ${(error as Error).message}`, { cause: error })
  }
}

/** What a JSON patch makes has to be an object of its kind, with no fields that are unknown. */
async function strictly(make: () => Promise<KubeObject>): Promise<KubeObject> {
  try {
    return await make()
  } catch (error) {
    const message = (error as Error).message.replace(/^.*? cannot be handled as a \w+: /, '')
    throw apiError('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }, error)
  }
}
