import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../kube/generated/admissionregistration-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { fromJson } from '../../languages/cel/json-value.ts'
import { dynType } from '../../languages/cel/type.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Authorize } from '../webhooks/expression-inputs.ts'
import { expressionInputs } from '../webhooks/expression-inputs.ts'
import { shownAs } from '../webhooks/versions.ts'
import { AuditAnnotations, validationFailure } from './audit-annotations.ts'
import { isPolicyObject } from './exempt.ts'
import { type Invocation, invocationsOf, type Reach } from './invocations.ts'
import type { PolicyCatalog } from './policy-catalog.ts'
import { type Refusal, refusal } from './refusal.ts'
import { type CompiledValidatingPolicy, type Denial, judge } from './validating-policy.ts'

export interface PolicyParts extends Reach {
  authorize: Authorize
  namespace(name: string): KubeObject | undefined
}

type Policy = ValidatingAdmissionPolicy
type Binding = ValidatingAdmissionPolicyBinding
export type ValidatingCatalog = PolicyCatalog<Policy, Binding, CompiledValidatingPolicy>

/** ValidatingAdmissionPolicy, for its place in the chain. */
export const validatingPolicyAdmission = (
  parts: PolicyParts,
  catalog: ValidatingCatalog,
): AdmissionPlugin => ({
  name: 'ValidatingAdmissionPolicy',
  connections: true,
  handles: request => catalog.candidates(request).length > 0 && !isPolicyObject(request),
  validate: request => validate(parts, catalog, request),
})

/** All policies are asked; the first refusal in order of policies and bindings is the answer. */
async function validate(
  parts: PolicyParts,
  catalog: ValidatingCatalog,
  request: AdmissionRequest,
): Promise<readonly string[]> {
  const { invocations, misconfigurations } = await invocationsOf(parts, catalog.candidates(request), request)
  const findings: Findings = { refusals: [], warnings: [] }
  for (const { policy, binding, problem } of misconfigurations) {
    if (policy.spec.failurePolicy === 'Ignore') continue
    const message = `failed to configure ${binding ? 'binding' : 'policy'}: ${problem}`
    findings.refusals.push({ policy: policy.metadata.name, binding: binding?.metadata.name, message })
  }
  const annotations = new AuditAnnotations(request)
  for (const invocation of invocations) await ask(parts, invocation, { request, annotations, findings })
  annotations.publish()
  const [first] = findings.refusals
  if (first) throw refusal(request, first, findings.warnings)
  return findings.warnings
}

/** What the policies have said so far. */
interface Findings {
  readonly refusals: Refusal[]
  readonly warnings: string[]
}

interface Asked {
  request: AdmissionRequest
  annotations: AuditAnnotations
  findings: Findings
}

/** Asks one policy for one binding, once for each of its parameters. */
async function ask(
  parts: PolicyParts,
  { policy, compiled, binding, version, params }: Invocation<Policy, Binding, CompiledValidatingPolicy>,
  { request, annotations, findings }: Asked,
): Promise<void> {
  const shown = await shownAs(parts.registry, request, version)
  const { authorize } = parts
  const namespace = namespaceFor(parts, request)
  const inputs = expressionInputs(request, shown, { authorize, namespace })
  const names = { policy: policy.metadata.name, binding: binding.metadata.name }
  for (const param of params) {
    const verdict = judge(compiled, { ...inputs, params: fromJson(param, dynType) })
    for (const denial of verdict.denials) act({ binding, denial }, { request, annotations, findings })
    for (const { key, value } of verdict.annotations) annotations.add(names.policy, key, value)
    for (const message of verdict.annotationErrors) findings.refusals.push({ ...names, message })
  }
}

/** A Namespace is in no namespace for expressions. */
export const namespaceFor = (
  { namespace }: Pick<PolicyParts, 'namespace'>,
  request: AdmissionRequest,
): KubeObject | undefined => {
  const { kind } = request
  const isNamespace = kind.group === '' && kind.kind === 'Namespace'
  return request.namespace && !isNamespace ? namespace(request.namespace) : undefined
}

/** Does what the binding wants done about a denial. */
function act(
  { binding, denial }: { binding: Binding; denial: Denial },
  { annotations, findings }: Asked,
): void {
  const { validationActions, policyName } = binding.spec
  const names = { policy: policyName, binding: binding.metadata.name }
  for (const action of validationActions)
    switch (action) {
      case 'Deny':
        findings.refusals.push({ ...names, ...denial })
        break
      case 'Audit':
        annotations.set(...validationFailure(binding, denial))
        break
      case 'Warn':
        findings.warnings.push(
          `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${denial.message}`,
        )
    }
}
