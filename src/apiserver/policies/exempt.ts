import type { AdmissionRequest } from '../admission.ts'

const kinds = new Set([
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
])

/** Policies are not asked about policies: one that refuses everything can be removed again. */
export const isPolicyObject = ({ kind }: AdmissionRequest): boolean =>
  kind.group === 'admissionregistration.k8s.io' && kinds.has(kind.kind)
