import { findCondition, setCondition } from '../../kube/conditions.ts'
import type { Pod } from '../../kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../kube/generated/policy-v1.ts'
import { isPodReady } from '../../kube/pod.ts'
import { type ApiError, apiError, forbidden } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'

const CONDITION = 'DisruptionAllowed'
const RESOURCE = { group: 'policy', plural: 'poddisruptionbudget' }
/** Upstream's MaxDisruptedPodSize: so many evictions may wait for the controller to see them. */
const MAX_DISRUPTED = 2000
/** As upstream: long enough for the controller to have looked again. */
const RETRY_AFTER_SECONDS = 10

/** No budget counts a pod that has ended, has not begun, or is on its way out. */
export const disruptsNobody = ({ status, metadata }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined ||
  ['Pending', 'Succeeded', 'Failed'].includes(status?.phase ?? 'Pending')

/** An unready pod costs the budget nothing: with AlwaysAllow always, else while enough others are healthy. */
export function costsNothing(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isPodReady(pod)) return false
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return (
    spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
    (desiredHealthy > 0 && currentHealthy >= desiredHealthy)
  )
}

/** The budget's status once the pod is gone. Throws ApiError TooManyRequests where none may go now, in upstream's words. */
export function spend(
  { metadata, status = {} }: Pick<PodDisruptionBudget, 'metadata' | 'status'>,
  podName: string,
  now: number,
): PodDisruptionBudgetStatus {
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status
  if (observedGeneration < (metadata.generation ?? 0)) throw stillProcessed(metadata.name)
  if (disruptionsAllowed < 0) throw forbidden(RESOURCE, metadata.name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED)
    throw forbidden(
      RESOURCE,
      metadata.name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    )
  if (disruptionsAllowed === 0) throw violated([whyNone(metadata.name, status)])
  const left = disruptionsAllowed - 1
  const none = {
    type: CONDITION,
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration,
  }
  return {
    ...status,
    disruptionsAllowed: left,
    disruptedPods: { ...disruptedPods, [podName]: toTime(now) },
    ...(left === 0 ? { conditions: [...setCondition(status.conditions, none, now)] } : {}),
  }
}

/** The refusal while nobody can tell what the budget allows: it is worth another try. */
export const stillProcessed = (budget: string): ApiError =>
  violated([`The disruption budget ${budget} is still being processed by the server.`], RETRY_AFTER_SECONDS)

function violated(messages: readonly string[], retryAfterSeconds?: number): ApiError {
  return apiError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: messages.map(message => ({ reason: 'DisruptionBudget', message })),
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  })
}

function whyNone(name: string, status: PodDisruptionBudgetStatus): string {
  const { conditions, currentHealthy = 0, desiredHealthy = 0 } = status
  const condition = findCondition(conditions, CONDITION)
  const isFalse = condition?.status === 'False' && condition.message !== ''
  // Without a sync that worked the numbers say nothing.
  if (isFalse && condition.reason === 'SyncFailed')
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
  const why = isFalse ? ` (${condition.reason}): ${condition.message}` : ''
  return `The disruption budget ${name} does not allow evicting pods currently${why}`
}
