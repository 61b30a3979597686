import type { Target } from '../testing.ts'

/** For tests: where policies and bindings are. */
export const policyTarget = (plural: string, subresource?: string): Target => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  subresource,
})

/** For tests: a rule that means writes of resources of the core group. */
export const writesOf = (...resources: string[]) => ({
  resourceRules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources }],
})
