import type { Cluster } from './cluster/cluster.ts'
import type { ClusterNode } from './cluster/cluster-node.ts'
import type { PodFacts } from './cluster/pod-facts.ts'
import type { Filter, Refusal } from './filters/filter.ts'
import { filterPlugins } from './filters/filters.ts'
import type { Diagnosis } from './fit-error.ts'
import { scorePlugins } from './scores/scores.ts'

export type Placement =
  | { kind: 'fits'; node: ClusterNode }
  | { kind: 'none'; diagnosis: Diagnosis; filters: readonly Filter[] }

export interface PlaceOptions {
  /** Percent of the nodes to find before the search ends; 0 lets the number of nodes decide. */
  percentageOfNodesToScore: number
  /** Uniform in [0, 1): chooses among the best. */
  random(): number
}

/** The fewest nodes to find before the search ends. */
const MIN_FEASIBLE = 100
const MIN_PERCENTAGE = 5

/** How many nodes that fit are enough, as upstream. */
export function enoughNodes(nodes: number, percentage: number): number {
  if (nodes < MIN_FEASIBLE) return nodes
  const share = percentage || Math.max(MIN_PERCENTAGE, 50 - Math.trunc(nodes / 125))
  return Math.max(MIN_FEASIBLE, Math.trunc((nodes * share) / 100))
}

/** Chooses a node for a pod: filters, then scores, then chance among the best. Changes only where the next search begins. */
export function placePod(pod: PodFacts, cluster: Cluster, options: PlaceOptions): Placement {
  const { nodes } = cluster
  const refusals = new Map<string, Refusal>()
  const filters: Filter[] = []
  let only: ReadonlySet<string> | undefined
  let narrowedBy: string | undefined
  for (const { name, prepare } of filterPlugins) {
    const prepared = prepare(pod, cluster)
    if (!prepared) continue
    if (!prepared.test) {
      const refusedAll = {
        plugin: name,
        reason: prepared.refuse,
        helpedByPreemption: prepared.helpedByPreemption ?? false,
      }
      return { kind: 'none', diagnosis: { nodes: nodes.length, refusedAll, refusals, narrowedBy }, filters }
    }
    if (prepared.only) {
      only = prepared.only
      narrowedBy = name
    }
    filters.push(prepared)
  }
  const nominated = cluster.node(pod.pod.status?.nominatedNodeName ?? '')
  if (nominated && !refusalOf(pod, nominated, filters, cluster)) return { kind: 'fits', node: nominated }

  const candidates = only ? [...only].flatMap(name => cluster.node(name) ?? []) : nodes
  const enough = enoughNodes(nodes.length, options.percentageOfNodesToScore)
  const feasible: ClusterNode[] = []
  const start = cluster.next
  let seen = 0
  for (; seen < candidates.length && feasible.length < enough; seen++) {
    const node = candidates[(start + seen) % candidates.length]
    if (!node) break
    const refusal = refusalOf(pod, node, filters, cluster)
    if (refusal) refusals.set(node.name, refusal)
    else feasible.push(node)
  }
  if (nodes.length > 0) cluster.next = (start + seen) % nodes.length
  const best = bestOf(pod, cluster, feasible, options.random)
  if (best) return { kind: 'fits', node: best }
  return {
    kind: 'none',
    diagnosis: { nodes: nodes.length, refusedAll: undefined, refusals, narrowedBy },
    filters,
  }
}

/** Why a node does not take the pod: also counting pods of at least its priority that wait for room there. */
export function refusalOf(
  pod: PodFacts,
  node: ClusterNode,
  filters: readonly Filter[],
  cluster: Cluster,
): Refusal | undefined {
  const nominated = cluster.nominatedTo(node.name)
  if (!nominated) return firstRefusal(node, filters)
  const ahead = [...nominated.values()].filter(
    other => other.uid !== pod.uid && other.priority >= pod.priority,
  )
  const first = withPods(ahead, node, filters, () => firstRefusal(node, filters))
  // Those that wait may be what the pod wants to be near, and may not come.
  return first ?? (ahead.length > 0 ? firstRefusal(node, filters) : undefined)
}

function withPods<T>(
  pods: readonly PodFacts[],
  node: ClusterNode,
  filters: readonly Filter[],
  ask: () => T,
): T {
  for (const pod of pods) move(pod, node, filters, 1)
  try {
    return ask()
  } finally {
    for (const pod of pods) move(pod, node, filters, -1)
  }
}

/** Puts a pod on a node, or takes it away, in what the filters see. */
export function move(pod: PodFacts, node: ClusterNode, filters: readonly Filter[], by: 1 | -1): void {
  if (by === 1) node.add(pod)
  else node.remove(pod)
  for (const filter of filters) filter.moved?.(pod, node, by)
}

function firstRefusal(node: ClusterNode, filters: readonly Filter[]): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter.test(node)
    if (refusal) return refusal
  }
  return undefined
}

function bestOf(
  pod: PodFacts,
  cluster: Cluster,
  nodes: readonly ClusterNode[],
  random: () => number,
): ClusterNode | undefined {
  if (nodes.length <= 1) return nodes[0]
  const totals = new Float64Array(nodes.length)
  for (const { weight, prepare } of scorePlugins) {
    const score = prepare(pod, cluster, nodes)
    if (!score) continue
    const rates = nodes.map(node => score.rate(node))
    score.normalize?.(rates, nodes)
    for (const [index, rate] of rates.entries()) totals[index] = (totals[index] ?? 0) + weight * rate
  }
  let best = Number.NEGATIVE_INFINITY
  let ties = 0
  let chosen: ClusterNode | undefined
  for (const [index, node] of nodes.entries()) {
    const total = totals[index] ?? 0
    if (total < best) continue
    ties = total > best ? 1 : ties + 1
    best = total
    // Each of those that are equal gets the same chance.
    if (random() * ties < 1) chosen = node
  }
  return chosen
}
