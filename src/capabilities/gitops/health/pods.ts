import type { ContainerStatus, Pod } from '../../../kube/generated/core-v1.ts'
import { conditionOf, degraded, type Health, healthy, progressing } from './health-status.ts'

const isStuck = (reason: string): boolean => reason.startsWith('Err') || /(Error|BackOff)$/.test(reason)

/** The first complaint of a container that is waiting on an error. */
function complaint(statuses: readonly ContainerStatus[] | undefined): string | undefined {
  for (const { name, state } of statuses ?? []) {
    const { reason = '', message } = state?.waiting ?? {}
    if (isStuck(reason)) return message ?? `container ${name}: ${reason}`
  }
  return undefined
}

export function podHealth(pod: Pod): Health {
  const { phase, message, containerStatuses, initContainerStatuses, conditions } = pod.status ?? {}
  const stuck = complaint(initContainerStatuses) ?? complaint(containerStatuses)
  if (stuck !== undefined && pod.spec.restartPolicy !== 'Never') return degraded(stuck)
  switch (phase) {
    case 'Succeeded':
      return healthy(message)
    case 'Failed':
      return degraded(message ?? failure(containerStatuses) ?? failure(initContainerStatuses))
    case 'Running': {
      if (pod.spec.restartPolicy === 'Never' || pod.spec.restartPolicy === 'OnFailure')
        return progressing(message)
      if (conditionOf(conditions, 'Ready')?.status === 'True') return healthy(message)
      // A container that was restarted and is not ready yet has failed before.
      return containerStatuses?.some(status => status.lastState?.terminated !== undefined)
        ? degraded(message)
        : progressing(message)
    }
    default:
      return progressing(message)
  }
}

function failure(statuses: readonly ContainerStatus[] | undefined): string | undefined {
  for (const { name, state } of statuses ?? []) {
    const { exitCode, reason } = state?.terminated ?? {}
    if (reason === 'OOMKilled') return `container "${name}" was killed: out of memory`
    if (exitCode) return `container "${name}" failed with exit code ${exitCode}`
  }
  return undefined
}
