import type {
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '../../../kube/generated/batch-v1.ts'
import type { ContainerStatus, Pod } from '../../../kube/generated/core-v1.ts'

/** What a failure of a pod means to its Job. */
export interface FailureVerdict {
  action: string | undefined
  /** Whether it counts towards the back-off limits. */
  isCounted: boolean
  /** Why the whole Job fails. */
  jobFailure: string | undefined
}

const COUNTED: FailureVerdict = { action: undefined, isCounted: true, jobFailure: undefined }

/** The first rule that matches decides; a failure that none matches counts. Mirrors upstream's matchPodFailurePolicy. */
export function judgeFailure(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const reason = matched(rule, pod)
    if (reason === undefined) continue
    switch (rule.action) {
      case 'Ignore':
        return { action: rule.action, isCounted: false, jobFailure: undefined }
      case 'FailIndex':
      case 'Count':
        return { action: rule.action, isCounted: true, jobFailure: undefined }
      case 'FailJob': {
        const jobFailure = `${reason} matching FailJob rule at index ${index}`
        return { action: rule.action, isCounted: true, jobFailure }
      }
    }
  }
  return COUNTED
}

function matched({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`
  if (onExitCodes) {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    const container = statuses.find(status => matchesExitCode(status, onExitCodes))
    return (
      container &&
      `Container ${container.name} for pod ${name} failed with exit code ${container.state?.terminated?.exitCode}`
    )
  }
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    onPodConditions?.some(pattern => pattern.type === type && (pattern.status ?? 'True') === status),
  )
  return condition && `Pod ${name} has condition ${condition.type}`
}

function matchesExitCode(
  { name, state }: ContainerStatus,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): boolean {
  const code = state?.terminated?.exitCode
  if (code === undefined || code === 0 || (containerName !== undefined && containerName !== name))
    return false
  return operator === 'In' ? values.includes(code) : operator === 'NotIn' && !values.includes(code)
}
