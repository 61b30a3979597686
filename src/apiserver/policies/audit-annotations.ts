import type { ValidatingAdmissionPolicyBinding } from '../../kube/generated/admissionregistration-v1.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Denial } from './validating-policy.ts'

/** Longer values are cut, as upstream cuts them. */
const MAX_VALUE_LENGTH = 10 * 1024

/** What policies add to the audit record of one request. */
export class AuditAnnotations {
  readonly #request: AdmissionRequest
  /** By name; several bindings may have different values for one. */
  readonly #values = new Map<string, Set<string>>()

  constructor(request: AdmissionRequest) {
    this.#request = request
  }

  add(policy: string, key: string, value: string): void {
    const name = `${policy}/${key}`
    const values = this.#values.get(name) ?? new Set()
    this.#values.set(name, values.add(value.slice(0, MAX_VALUE_LENGTH)))
  }

  /** Sets one that has a single value; the first counts. */
  set(name: string, value: string): void {
    if (!this.#values.has(name)) this.#values.set(name, new Set([value]))
  }

  publish(): void {
    for (const [name, values] of this.#values) this.#request.annotate?.(name, [...values].join(', '))
  }
}

/** The annotation that says which validation failed, as upstream writes it for the action Audit. */
export function validationFailure(
  { metadata, spec }: ValidatingAdmissionPolicyBinding,
  { index, message }: Denial,
): [name: string, value: string] {
  const failure = {
    message,
    policy: spec.policyName,
    binding: metadata.name,
    expressionIndex: index,
    validationActions: spec.validationActions,
  }
  return ['validation.policy.admission.k8s.io/validation_failure', JSON.stringify([failure])]
}
