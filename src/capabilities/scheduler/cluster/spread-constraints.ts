import type { Pod, TopologySpreadConstraint } from '../../../kube/generated/core-v1.ts'
import { compileLabelSelector, labelSelectorToString } from '../../../kube/selectors.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { CountedSelector } from './match-counts.ts'
import { admitsNode } from '../../../kube/node-terms.ts'
import type { PodFacts } from './pod-facts.ts'
import { isTolerated } from '../../../kube/tolerations.ts'

export const HOSTNAME = 'kubernetes.io/hostname'

/** A topology spread constraint, ready to be counted. */
export interface Spread {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly selector: CountedSelector
  /** Whether a node's pods and its domain count. */
  includes(node: ClusterNode): boolean
}

/** The constraints of a pod that say `DoNotSchedule`, or those that say `ScheduleAnyway`. */
export function spreadsOf(
  { pod }: PodFacts,
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway',
): Spread[] {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter(constraint => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map(constraint => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      selector: countedSelector(constraint),
      includes: inclusion(pod, constraint),
    }))
}

/** Upstream's default constraints, for pods that have none and belong to a Service or controller. */
export function defaultSpreads(pod: PodFacts, selector: CountedSelector): Spread[] {
  const includes = inclusion(pod.pod, {})
  return [
    { topologyKey: HOSTNAME, maxSkew: 3, minDomains: 1, selector, includes },
    { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, minDomains: 1, selector, includes },
  ]
}

/** `matchLabelKeys` are written out in the selector already, by the API server. */
function countedSelector({ labelSelector }: TopologySpreadConstraint): CountedSelector {
  if (!labelSelector) return { key: '', matches: () => false }
  return { key: labelSelectorToString(labelSelector), matches: compileLabelSelector(labelSelector) }
}

type Policies = Pick<TopologySpreadConstraint, 'nodeAffinityPolicy' | 'nodeTaintsPolicy'>

function inclusion(pod: Pod, policies: Policies): (node: ClusterNode) => boolean {
  const { nodeSelector, affinity, tolerations } = pod.spec
  const honoursAffinity =
    (policies.nodeAffinityPolicy ?? 'Honor') === 'Honor' &&
    Boolean(nodeSelector ?? affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
  const honoursTaints = policies.nodeTaintsPolicy === 'Honor'
  return node =>
    (!honoursAffinity || admitsNode(pod.spec, node)) &&
    (!honoursTaints || node.hardTaints.every(taint => isTolerated(taint, tolerations)))
}

/** Whether the node lies in a domain of every constraint. */
export const isInAllTopologies = (spreads: readonly Spread[], { labels }: ClusterNode): boolean =>
  spreads.every(({ topologyKey }) => labels[topologyKey] !== undefined)
