import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isReady, maxRestarts, readySince } from '../pod-state.ts'

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/** How many of the related pods share a node with each pod: where they crowd, one goes first. */
export interface Crowding {
  podsOnNode(nodeName: string): number
}

/** Counts active pods a node. */
export function crowdingOf(related: readonly Pod[]): Crowding {
  const counts = new Map<string, number>()
  for (const { spec } of related) counts.set(spec.nodeName ?? '', (counts.get(spec.nodeName ?? '') ?? 0) + 1)
  return { podsOnNode: nodeName => counts.get(nodeName) ?? 0 }
}

/** Sorts so that the pods to delete first come first. Mirrors upstream's ActivePodsWithRanks, criterion by criterion. */
export function byDeletionOrder(pods: readonly Pod[], crowding: Crowding, now: number): Pod[] {
  return [...pods].sort((a, b) => compare(a, b, crowding, now))
}

function compare(a: Pod, b: Pod, crowding: Crowding, now: number): number {
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    crowding.podsOnNode(b.spec.nodeName ?? '') - crowding.podsOnNode(a.spec.nodeName ?? '') ||
    logAge(readySince(a), now) - logAge(readySince(b), now) ||
    maxRestarts(b) - maxRestarts(a) ||
    logAge(Date.parse(a.metadata.creationTimestamp), now) -
      logAge(Date.parse(b.metadata.creationTimestamp), now) ||
    (a.metadata.uid < b.metadata.uid ? -1 : 1)
  )
}

const phaseRank = (pod: Pod): number => PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 1

const deletionCost = (pod: Pod): number => {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '0'
  return /^-?\d+$/.test(text) ? Number(text) : 0
}

/** Ages count by powers of two (LogarithmicScaleDown), so that pods of about the same age are taken in random order. */
const logAge = (since: number | undefined, now: number): number =>
  since === undefined ? 0 : Math.floor(Math.log2(Math.max(1, now - since) * 1e6))
