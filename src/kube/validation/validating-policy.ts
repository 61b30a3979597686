import { PolicyCompiler } from '../cel/policy-compiler.ts'
import { equalJson } from '../copy.ts'
import type {
  AuditAnnotation,
  MutatingAdmissionPolicyBindingSpec,
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from '../generated/admissionregistration-v1.ts'
import { dnsSubdomainProblems, qualifiedNameProblems } from '../names.ts'
import { duplicate, invalidValue, notSupported, required } from '../schema/field-error.ts'
import { checkMatchConditions, expressionProblem, supported } from './admission-rules.ts'
import { checkMatchResources, checkParamKind, checkParamRef } from './match-resources.ts'
import type { Rules } from './rules.ts'

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const ACTIONS = ['Audit', 'Deny', 'Warn']
const MAX_AUDIT_ANNOTATIONS = 20
const MAX_VALUE_EXPRESSION_BYTES = 5 * 1024

/** What breaks upstream's rules for a ValidatingAdmissionPolicy (pkg/apis/admissionregistration/validation). */
export function checkValidatingPolicy(
  rules: Rules,
  { metadata, spec }: ValidatingAdmissionPolicy,
  previous: ValidatingAdmissionPolicy | undefined,
): void {
  const { validations = [], auditAnnotations = [], variables = [], paramKind } = spec
  const compiler = new PolicyCompiler({ params: paramKind !== undefined, variables: variables.length > 0 })
  checkPolicyHead(rules, spec, previous?.spec)
  checkVariables(rules, compiler, variables)
  if (validations.length + auditAnnotations.length === 0)
    for (const field of ['validations', 'auditAnnotations'])
      rules.add(required(`spec.${field}`, 'validations or auditAnnotations must contain at least one item'))
  for (const [index, validation] of validations.entries())
    checkValidation(rules, `spec.validations[${index}]`, { validation, compiler })
  if (auditAnnotations.length > MAX_AUDIT_ANNOTATIONS)
    rules.invalid('spec.auditAnnotations', auditAnnotations, [
      `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`,
    ])
  const keys = new Set<string>()
  for (const [index, annotation] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${index}]`
    checkAuditAnnotation(rules, at, { annotation, compiler, policy: metadata.name })
    if (keys.has(annotation.key)) rules.add(duplicate(`${at}.key`, annotation.key))
    keys.add(annotation.key)
  }
}

type PolicySpec = Pick<
  ValidatingAdmissionPolicySpec & MutatingAdmissionPolicySpec,
  'failurePolicy' | 'paramKind' | 'matchConstraints' | 'matchConditions'
>

/** What both kinds of policies begin with. */
export function checkPolicyHead(rules: Rules, spec: PolicySpec, previous: PolicySpec | undefined): void {
  const { failurePolicy, paramKind, matchConstraints, matchConditions = [] } = spec
  rules.oneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore'])
  if (paramKind) checkParamKind(rules, 'spec.paramKind', paramKind)
  if (matchConstraints) {
    checkMatchResources(rules, 'spec.matchConstraints', matchConstraints)
    rules.required('spec.matchConstraints.resourceRules', matchConstraints.resourceRules)
  } else rules.add(required('spec.matchConstraints'))
  const isUnchanged =
    previous !== undefined &&
    equalJson(paramKind, previous.paramKind) &&
    equalJson(matchConditions, previous.matchConditions ?? [])
  // What was good once stays so: upstream looks at conditions again only where they change.
  if (!isUnchanged)
    checkMatchConditions(rules, 'spec.matchConditions', {
      conditions: matchConditions,
      hasParams: paramKind !== undefined,
    })
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

export function checkVariables(rules: Rules, compiler: PolicyCompiler, variables: readonly Variable[]): void {
  for (const [index, { name = '', expression = '' }] of variables.entries()) {
    const at = `spec.variables[${index}]`
    if (name.trim() === '') rules.add(required(`${at}.name`, 'name is not specified'))
    else if (!identifier.test(name) || reserved.has(name))
      rules.invalid(`${at}.name`, name, ['must be a valid CEL identifier'])
    if (expression.trim() === '') rules.add(required(`${at}.expression`, 'expression is not specified'))
    else expressionProblem(rules, `${at}.expression`, compiler.addVariable(name, expression))
  }
}

function checkValidation(
  rules: Rules,
  at: string,
  { validation, compiler }: { validation: Validation; compiler: PolicyCompiler },
): void {
  const { expression = '', message = '', messageExpression = '', reason } = validation
  if (expression.trim() === '') rules.add(required(`${at}.expression`, 'expression is not specified'))
  else expressionProblem(rules, `${at}.expression`, compiler.validation(expression))
  const field = `${at}.messageExpression`
  if (messageExpression.trim() !== '') expressionProblem(rules, field, compiler.message(messageExpression))
  else if (messageExpression !== '')
    rules.invalid(field, messageExpression, ['must be non-empty if specified'])
  if (message !== '' && message.trim() === '')
    rules.invalid(`${at}.message`, message, ['must be non-empty if specified'])
  else if (/[\n\r]/.test(message.trim()))
    rules.invalid(`${at}.message`, message, ['must not contain line breaks'])
  supported(rules, `${at}.reason`, reason, REASONS)
}

function checkAuditAnnotation(
  rules: Rules,
  at: string,
  {
    annotation: { key = '', valueExpression = '' },
    compiler,
    policy,
  }: { annotation: AuditAnnotation; compiler: PolicyCompiler; policy: string | undefined },
): void {
  if (policy) rules.invalid(`${at}.key`, `${policy}/${key}`, qualifiedNameProblems(`${policy}/${key}`))
  else rules.invalid(`${at}.key`, key, ['requires metadata.name be non-empty'])
  const field = `${at}.valueExpression`
  const trimmed = valueExpression.trim()
  if (trimmed === '') rules.add(required(field, 'valueExpression is not specified'))
  else if (Buffer.byteLength(trimmed) > MAX_VALUE_EXPRESSION_BYTES)
    rules.add(required(field, `must not exceed ${MAX_VALUE_EXPRESSION_BYTES} bytes in length`))
  else
    expressionProblem(rules, field, {
      expression: valueExpression,
      problem: compiler.auditAnnotation(trimmed).problem,
    })
}

export function checkValidatingPolicyBinding(rules: Rules, { spec }: ValidatingAdmissionPolicyBinding): void {
  checkBindingHead(rules, spec)
  const { validationActions = [] } = spec
  const field = 'spec.validationActions'
  for (const [index, action] of validationActions.entries()) {
    if (!ACTIONS.includes(action)) rules.add(notSupported(`${field}[${index}]`, action, ACTIONS))
    if (validationActions.indexOf(action) < index) rules.add(duplicate(`${field}[${index}]`, action))
  }
  if (validationActions.includes('Deny') && validationActions.includes('Warn'))
    rules.add(
      invalidValue(
        field,
        validationActions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    )
  rules.required(field, validationActions, 'at least one validation action is required')
}

/** What the bindings of both kinds of policies begin with. */
export function checkBindingHead(
  rules: Rules,
  { policyName, paramRef, matchResources }: MutatingAdmissionPolicyBindingSpec,
): void {
  rules.name('spec.policyName', policyName, dnsSubdomainProblems)
  if (paramRef) checkParamRef(rules, 'spec.paramRef', paramRef)
  if (matchResources) checkMatchResources(rules, 'spec.matchResources', matchResources)
}
