import type { PodDisruptionBudget } from '../../../kube/generated/policy-v1.ts'
import { compileLabelSelector } from '../../../kube/selectors.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { type Filter, type Refusal, final } from '../filters/filter.ts'
import { move, refusalOf } from '../place-pod.ts'

/** A node and whom it would have to lose for a pod, most important first. */
export interface Candidate {
  node: ClusterNode
  victims: readonly PodFacts[]
  /** How many of them a disruption budget would keep. */
  violations: number
}

/** What choosing victims looks at besides the node. */
export interface PreemptionView {
  cluster: Cluster
  filters: readonly Filter[]
  budgets: readonly PodDisruptionBudget[]
}

const noVictims = final('DefaultPreemption', 'No preemption victims found for incoming pod')

/**
 * The fewest and least important pods whose leaving lets `pod` on the node: all of lower priority are taken away,
 * then as many as possible brought back, those that a disruption budget keeps first. Leaves the node as it was.
 */
export function victimsOn(
  pod: PodFacts,
  node: ClusterNode,
  { cluster, filters, budgets }: PreemptionView,
): Candidate | Refusal {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority)
  if (lower.length === 0) return noVictims
  const gone = new Set<PodFacts>()
  const take = (other: PodFacts) => {
    gone.add(other)
    move(other, node, filters, -1)
  }
  const giveBack = (other: PodFacts) => {
    gone.delete(other)
    move(other, node, filters, 1)
  }
  try {
    for (const other of lower) take(other)
    const refusal = refusalOf(pod, node, filters, cluster)
    if (refusal) return refusal
    const { violating, others } = splitByBudgets(lower.sort(byImportance), budgets)
    let violations = 0
    for (const other of [...violating, ...others]) {
      giveBack(other)
      if (!refusalOf(pod, node, filters, cluster)) continue
      take(other)
      if (violating.includes(other)) violations++
    }
    return { node, victims: [...gone].sort(byImportance), violations }
  } finally {
    for (const other of [...gone]) giveBack(other)
  }
}

/** More important first: by priority, then by who started earlier. */
export const byImportance = (a: PodFacts, b: PodFacts): number =>
  b.priority - a.priority || startOf(a) - startOf(b)

export const startOf = ({ pod }: PodFacts): number =>
  pod.status?.startTime ? Date.parse(pod.status.startTime) : Number.POSITIVE_INFINITY

function splitByBudgets(pods: readonly PodFacts[], budgets: readonly PodDisruptionBudget[]) {
  const limits = budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata.namespace,
    selects: compileLabelSelector(spec?.selector),
    left: status?.disruptionsAllowed ?? 0,
    disrupted: status?.disruptedPods ?? {},
  }))
  const violating: PodFacts[] = []
  const others: PodFacts[] = []
  for (const pod of pods) {
    let violates = false
    for (const limit of limits) {
      if (limit.namespace !== pod.namespace || !limit.selects(pod.labels)) continue
      // The budget knows already that this pod goes.
      if (limit.disrupted[pod.pod.metadata.name]) continue
      limit.left--
      if (limit.left < 0) violates = true
    }
    ;(violates ? violating : others).push(pod)
  }
  return { violating, others }
}
