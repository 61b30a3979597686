const ANNOTATION = 'api-approved.kubernetes.io'

/** Whether only the Kubernetes project may define kinds of the group. */
export const isProtectedGroup = (group: string): boolean =>
  group === 'k8s.io' ||
  group.endsWith('.k8s.io') ||
  group === 'kubernetes.io' ||
  group.endsWith('.kubernetes.io')

/** What a definition in a protected group says of its approval. */
export interface Approval {
  readonly state: 'approved' | 'bypassed' | 'missing' | 'invalid'
  readonly reason: string
  readonly value: string
}

/** Reads the annotation in which a pull request that approved the definition is linked. */
export function approvalOf(annotations: Readonly<Record<string, string>> | undefined): Approval {
  const value = annotations?.[ANNOTATION] ?? ''
  if (value === '')
    return {
      state: 'missing',
      value,
      reason: `protected groups must have approval annotation "${ANNOTATION}", see https://github.com/kubernetes/enhancements/pull/1111`,
    }
  if (value.startsWith('unapproved'))
    return { state: 'bypassed', value, reason: `not approved: ${JSON.stringify(value)}` }
  if (URL.canParse(value)) return { state: 'approved', value, reason: `approved in ${value}` }
  return {
    state: 'invalid',
    value,
    reason: `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`,
  }
}
