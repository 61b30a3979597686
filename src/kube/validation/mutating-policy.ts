import type { AdmissionExpression } from '../cel/admission-expression.ts'
import { PolicyCompiler } from '../cel/policy-compiler.ts'
import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
} from '../generated/admissionregistration-v1.ts'
import { invalidValue, notSupported, required } from '../schema/field-error.ts'
import { expressionProblem } from './admission-rules.ts'
import type { Rules } from './rules.ts'
import { checkBindingHead, checkPolicyHead, checkVariables } from './validating-policy.ts'

const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch']

/** What breaks upstream's rules for a MutatingAdmissionPolicy (pkg/apis/admissionregistration/validation). */
export function checkMutatingPolicy(
  rules: Rules,
  { spec }: MutatingAdmissionPolicy,
  previous: MutatingAdmissionPolicy | undefined,
): void {
  const { variables = [], mutations = [], paramKind, matchConstraints = {} } = spec
  const compiler = new PolicyCompiler({ params: paramKind !== undefined, variables: true })
  checkPolicyHead(rules, spec, previous?.spec)
  checkOperations(rules, 'spec.matchConstraints', matchConstraints)
  checkVariables(rules, compiler, variables)
  rules.required('spec.mutations', mutations, 'mutations must contain at least one item')
  for (const [index, mutation] of mutations.entries())
    checkMutation(rules, `spec.mutations[${index}]`, { mutation, compiler })
  rules.oneOf('spec.reinvocationPolicy', spec.reinvocationPolicy, ['IfNeeded', 'Never'])
}

/** The field of each type of patch. */
const fields = { JSONPatch: 'jsonPatch', ApplyConfiguration: 'applyConfiguration' } as const

function checkMutation(
  rules: Rules,
  at: string,
  { mutation, compiler }: { mutation: Mutation; compiler: PolicyCompiler },
): void {
  const { patchType } = mutation
  if (patchType !== 'JSONPatch' && patchType !== 'ApplyConfiguration') {
    rules.oneOf(`${at}.patchType`, patchType, PATCH_TYPES)
    return
  }
  const field = fields[patchType]
  const other = field === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch'
  const chosen = mutation[field]
  if (!chosen) rules.add(required(`${at}.${field}`, `must be specified when patchType is ${patchType}`))
  else
    checkExpression(rules, `${at}.${field}.expression`, {
      expression: chosen.expression,
      compile: expression =>
        field === 'jsonPatch' ? compiler.jsonPatch(expression) : compiler.applyConfiguration(expression),
    })
  if (mutation[other])
    rules.add(
      invalidValue(`${at}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`),
    )
}

function checkExpression(
  rules: Rules,
  field: string,
  {
    expression = '',
    compile,
  }: { expression: string | undefined; compile(expression: string): AdmissionExpression },
): void {
  const trimmed = expression.trim()
  if (trimmed === '') rules.add(required(field))
  else expressionProblem(rules, field, compile(trimmed))
}

export function checkMutatingPolicyBinding(rules: Rules, { spec }: MutatingAdmissionPolicyBinding): void {
  checkBindingHead(rules, spec)
  checkOperations(rules, 'spec.matchResources', spec.matchResources ?? {})
}

const MUTABLE = ['*', 'CONNECT', 'CREATE', 'UPDATE']

/** What is deleted cannot be changed: rules do not name that. */
function checkOperations(rules: Rules, at: string, { resourceRules = [] }: MatchResources): void {
  for (const operation of resourceRules.flatMap(({ operations = [] }) => operations))
    if (!MUTABLE.includes(operation))
      rules.add(notSupported(`${at}.resourceRules.operations`, operation, MUTABLE))
}
