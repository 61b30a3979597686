import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../kube/generated/policy-v1.ts'
import { setCondition } from '../../../kube/conditions.ts'
import { scaledValue } from '../../../kube/int-or-string.ts'
import { isReady } from '../pod-state.ts'

/** How long an evicted pod counts as gone before its deletion shows: upstream's DeletionTimeout. */
const DELETION_TIMEOUT_MS = 120_000

/** What a budget is about: the pods it selects, and how many their controllers want. */
export interface Selected {
  pods: readonly Pod[]
  /** The sum of the replicas of the pods' controllers; or why it cannot be told. */
  scale: number | { problem: string }
}

/** The status of a budget, and when to look again because an eviction has not shown yet. Mirrors upstream's disruption controller. */
export function budgetStatus(
  budget: PodDisruptionBudget,
  { pods, scale }: Selected,
  now: number,
): { status: PodDisruptionBudgetStatus; recheckMs: number | undefined } {
  const { disrupted, recheckMs } = stillDisrupted(budget, pods, now)
  const isHealthy = (pod: Pod) =>
    !pod.metadata.deletionTimestamp && !disrupted.has(pod.metadata.name) && isReady(pod)
  const currentHealthy = pods.filter(isHealthy).length
  const wanted = wantedOf(budget, pods.length, scale)
  const isKnown = !('problem' in wanted)
  const { expectedPods, desiredHealthy } = isKnown ? wanted : { expectedPods: 0, desiredHealthy: 0 }
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0
  const observedGeneration = budget.metadata.generation ?? 0
  const condition = {
    type: 'DisruptionAllowed',
    status: disruptionsAllowed > 0 ? 'True' : 'False',
    reason: isKnown ? (disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods') : 'SyncFailed',
    message: isKnown ? '' : wanted.problem,
    observedGeneration,
  }
  const status: PodDisruptionBudgetStatus = {
    observedGeneration,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed,
    ...(disrupted.size > 0 ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    conditions: [...setCondition(budget.status?.conditions, condition, now)],
  }
  return { status, recheckMs }
}

function wantedOf(
  { spec }: PodDisruptionBudget,
  count: number,
  scale: Selected['scale'],
): { expectedPods: number; desiredHealthy: number } | { problem: string } {
  const { minAvailable, maxUnavailable } = spec
  // A number of pods says itself how many there must be; everything else is a part of what controllers want.
  if (maxUnavailable === undefined && typeof minAvailable !== 'string')
    return { expectedPods: count, desiredHealthy: minAvailable ?? 0 }
  if (typeof scale !== 'number') return scale
  const desiredHealthy =
    maxUnavailable === undefined
      ? scaledValue(minAvailable ?? 0, scale, 'up')
      : Math.max(0, scale - scaledValue(maxUnavailable, scale, 'up'))
  return { expectedPods: scale, desiredHealthy }
}

/** The pods that were evicted and do not show it yet. */
function stillDisrupted({ status }: PodDisruptionBudget, pods: readonly Pod[], now: number) {
  const known = new Map(Object.entries(status?.disruptedPods ?? {}))
  const disrupted = new Map<string, string>()
  let recheckMs: number | undefined
  for (const { metadata } of pods) {
    const time = known.get(metadata.name)
    if (time === undefined || metadata.deletionTimestamp) continue
    const left = Date.parse(time) + DELETION_TIMEOUT_MS - now
    if (left <= 0) continue
    disrupted.set(metadata.name, time)
    recheckMs = Math.min(recheckMs ?? left, left)
  }
  return { disrupted, recheckMs }
}
