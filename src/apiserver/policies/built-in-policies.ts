import type { AdmissionPlugin } from '../admission.ts'
import type { Core } from '../pipeline/core.ts'
import { mutatingPolicyAdmission } from './mutating-admission.ts'
import { compileMutatingPolicy } from './mutating-policy.ts'
import { paramAccess } from './param-access.ts'
import { PolicyCatalog } from './policy-catalog.ts'
import { type PolicyParts, validatingPolicyAdmission } from './validating-admission.ts'
import { compileValidatingPolicy } from './validating-policy.ts'

const GROUP = 'admissionregistration.k8s.io'

/** What admission policies add to the chain. */
export function admissionPolicies(core: Core): readonly AdmissionPlugin[] {
  const { store, registry } = core
  const namespace = (name: string) => store.head('/namespaces', '', name)?.object
  const parts: PolicyParts = {
    store,
    registry,
    authorize: asked => core.authorizer.authorize(asked),
    namespace,
    namespaceLabels: name => namespace(name)?.metadata.labels ?? {},
  }
  return [
    paramAccess(parts),
    mutatingPolicyAdmission(
      parts,
      new PolicyCatalog({
        store,
        registry,
        policies: `${GROUP}/mutatingadmissionpolicies`,
        bindings: `${GROUP}/mutatingadmissionpolicybindings`,
        compile: ({ spec }) => compileMutatingPolicy(spec),
      }),
    ),
    validatingPolicyAdmission(
      parts,
      new PolicyCatalog({
        store,
        registry,
        policies: `${GROUP}/validatingadmissionpolicies`,
        bindings: `${GROUP}/validatingadmissionpolicybindings`,
        compile: ({ spec }) => compileValidatingPolicy(spec),
      }),
    ),
  ]
}
