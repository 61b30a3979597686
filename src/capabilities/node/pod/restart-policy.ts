import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import { isSidecar, type Terminated } from './container-view.ts'

/** The restart policy that applies to one container: its own, else its pod's; init containers run only until they succeed, ephemeral ones once. */
export function restartPolicyOf(pod: Pod, container: Container): string {
  if (pod.spec.ephemeralContainers?.some(({ name }) => name === container.name)) return 'Never'
  if (isSidecar(container)) return 'Always'
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always'
  const isInit = pod.spec.initContainers?.includes(container) ?? false
  return isInit && policy === 'Always' ? 'OnFailure' : policy
}

/** Whether a container that has ended runs again: after a resize that wants it, by the first of its rules that names the exit code (KEP-5307), else by policy. */
export function willRestart(pod: Pod, container: Container, { exitCode, isResize }: Terminated): boolean {
  if (isResize) return true
  if (container.restartPolicyRules?.some(rule => rule.action === 'Restart' && names(rule, exitCode)))
    return true
  const policy = restartPolicyOf(pod, container)
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

function names(
  { exitCodes }: NonNullable<Container['restartPolicyRules']>[number],
  exitCode: number,
): boolean {
  const isListed = exitCodes?.values?.includes(exitCode) ?? false
  return exitCodes !== undefined && (exitCodes.operator === 'NotIn' ? !isListed : isListed)
}
