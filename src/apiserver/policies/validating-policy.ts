import { type AdmissionExpression, compileMatchCondition } from '../../kube/cel/admission-expression.ts'
import { PolicyCompiler } from '../../kube/cel/policy-compiler.ts'
import type {
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../kube/generated/admissionregistration-v1.ts'
import { type Evaluated, evaluateExpressions, OutOfBudget } from '../webhooks/evaluate-expressions.ts'
import type { Inputs } from '../webhooks/expression-inputs.ts'
import { conditionsMatch } from '../webhooks/match-conditions.ts'

/** A ValidatingAdmissionPolicy's spec with its expressions compiled. */
export interface CompiledValidatingPolicy {
  readonly ignoresFailures: boolean
  readonly variables: ReadonlyMap<string, AdmissionExpression>
  readonly matchConditions: readonly AdmissionExpression[]
  readonly validations: readonly CompiledValidation[]
  readonly auditAnnotations: readonly { readonly key: string; readonly value: AdmissionExpression }[]
}

interface CompiledValidation extends Omit<Validation, 'expression'> {
  readonly expression: AdmissionExpression
  readonly messageProgram: AdmissionExpression | undefined
}

/** What a policy says to a request: all that it refuses, and what it adds to the audit log. */
export interface Verdict {
  readonly denials: readonly Denial[]
  readonly annotations: readonly { readonly key: string; readonly value: string }[]
  /** Audit annotations that could not be made, where the policy takes failures seriously: these deny whatever the binding's actions are. */
  readonly annotationErrors: readonly string[]
}

export interface Denial {
  /** Which of the policy's validations. */
  readonly index: number
  readonly message: string
  /** Absent where the validation could not be evaluated. */
  readonly reason?: string
}

/** Upstream's budgets and limits (apiserver/pkg/apis/cel). */
const COST_BUDGET = 10_000_000
const MAX_MESSAGE_BYTES = 5 * 1024

export function compileValidatingPolicy(spec: ValidatingAdmissionPolicySpec): CompiledValidatingPolicy {
  const { validations = [], auditAnnotations = [], variables = [], matchConditions = [], paramKind } = spec
  const compiler = new PolicyCompiler({ params: paramKind !== undefined, variables: true })
  for (const { name, expression } of variables) compiler.addVariable(name, expression)
  return {
    ignoresFailures: spec.failurePolicy === 'Ignore',
    variables: compiler.variables,
    matchConditions: matchConditions.map(({ expression }) =>
      compileMatchCondition(expression, paramKind !== undefined),
    ),
    validations: validations.map(({ expression, ...validation }) => ({
      ...validation,
      expression: compiler.validation(expression),
      messageProgram: validation.messageExpression
        ? compiler.message(validation.messageExpression)
        : undefined,
    })),
    auditAnnotations: auditAnnotations.map(({ key, valueExpression }) => ({
      key,
      value: compiler.auditAnnotation(valueExpression),
    })),
  }
}

const nothing: Verdict = { denials: [], annotations: [], annotationErrors: [] }

/** Asks a policy about a request, as upstream's validator does (plugin/policy/validating/validator.go). */
export function judge(policy: CompiledValidatingPolicy, inputs: Inputs): Verdict {
  const { ignoresFailures, variables, matchConditions } = policy
  const failed = (message: string): Verdict =>
    ignoresFailures ? nothing : { ...nothing, denials: [{ index: 0, message }] }
  const context = { inputs, variables }
  const match = conditionsMatch(matchConditions, context)
  if (match === false) return nothing
  if (match !== true) return failed(match.problem)
  try {
    const { results, left } = evaluateExpressions(
      policy.validations.map(({ expression }) => expression),
      context,
      COST_BUDGET,
    )
    const messages = messagesOf(policy, inputs, left)
    const denials = results.flatMap((result, index) =>
      result ? (denial(policy, { index, result, messages }) ?? []) : [],
    )
    return { ...annotate(policy, inputs), denials }
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message)
    throw error
  }
}

/** What the messageExpressions yield, which what the validations left of the budget has to do for. */
function messagesOf(
  { validations, variables }: CompiledValidatingPolicy,
  inputs: Inputs,
  budget: number,
): readonly (Evaluated | undefined)[] | OutOfBudget {
  try {
    const programs = validations.map(({ messageProgram }) => messageProgram)
    return evaluateExpressions(programs, { inputs, variables }, budget).results
  } catch (error) {
    if (error instanceof OutOfBudget) return error
    throw error
  }
}

interface Outcome {
  readonly index: number
  readonly result: Evaluated
  readonly messages: readonly (Evaluated | undefined)[] | OutOfBudget
}

function denial(policy: CompiledValidatingPolicy, { index, result, messages }: Outcome): Denial | undefined {
  const { ignoresFailures, validations } = policy
  const failure =
    result.error ??
    (messages instanceof OutOfBudget ? `failed messageExpression: ${messages.message}` : undefined)
  if (failure !== undefined) return ignoresFailures ? undefined : { index, message: failure }
  if (result.value === true) return undefined
  const validation = validations[index]
  if (!validation || messages instanceof OutOfBudget) return undefined
  const message =
    usableMessage(messages[index]?.value) ||
    validation.message?.trim() ||
    `failed expression: ${validation.expression.expression.trim()}`
  return { index, message, reason: validation.reason ?? 'Invalid' }
}

/** A message has to be one line of text, and not too long. */
function usableMessage(value: unknown): string {
  if (typeof value !== 'string') return ''
  const text = value.trim()
  return text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? '' : text
}

function annotate(
  { auditAnnotations, variables, ignoresFailures }: CompiledValidatingPolicy,
  inputs: Inputs,
): Pick<Verdict, 'annotations' | 'annotationErrors'> {
  const expressions = auditAnnotations.map(({ value }) => value)
  const { results } = evaluateExpressions(expressions, { inputs, variables }, COST_BUDGET)
  const annotations: { key: string; value: string }[] = []
  const annotationErrors: string[] = []
  for (const [index, { key }] of auditAnnotations.entries()) {
    const result = results[index]
    if (result?.error !== undefined && !ignoresFailures) annotationErrors.push(result.error)
    const value = typeof result?.value === 'string' ? result.value.trim() : ''
    if (value !== '') annotations.push({ key, value })
  }
  return { annotations, annotationErrors }
}
