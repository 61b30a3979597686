import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import {
  defaultSpreads,
  HOSTNAME,
  isInAllTopologies,
  type Spread,
  spreadsOf,
} from '../cluster/spread-constraints.ts'
import { MAX_SCORE, type Score, type ScorePlugin } from './score.ts'

/** Prefers domains with fewer matching pods: by constraints that say `ScheduleAnyway`, or by default ones. */
export const spreadScore: ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare(pod, cluster, nodes) {
    const own = Boolean(pod.pod.spec.topologySpreadConstraints?.length)
    const spreads = own ? spreadsOf(pod, 'ScheduleAnyway') : defaultsFor(pod, cluster)
    return spreads.length === 0 ? undefined : new SpreadScore({ pod, cluster, nodes, spreads, own })
  },
}

function defaultsFor(pod: PodFacts, cluster: Cluster): Spread[] {
  const selector = cluster.surroundings.selectorOf(pod)
  return selector ? defaultSpreads(pod, selector) : []
}

interface Parts {
  pod: PodFacts
  cluster: Cluster
  nodes: readonly ClusterNode[]
  spreads: readonly Spread[]
  /** The pod's own constraints leave out nodes that lack one of their topologies. */
  own: boolean
}

class SpreadScore implements Score {
  readonly #spreads: readonly Spread[]
  readonly #ignored = new Set<ClusterNode>()
  readonly #onNode: readonly ReadonlyMap<string, number>[]
  /** Matching pods of each constraint by domain, of the domains that have a candidate. */
  readonly #inDomain: readonly Map<string, number>[]
  readonly #weights: readonly number[]

  constructor({ pod, cluster, nodes, spreads, own }: Parts) {
    this.#spreads = spreads
    this.#onNode = spreads.map(({ selector }) => cluster.counts(pod.namespace, selector))
    const inDomain = spreads.map(() => new Map<string, number>())
    for (const node of nodes) {
      if (own && !isInAllTopologies(spreads, node)) this.#ignored.add(node)
      else
        for (const [index, { topologyKey }] of spreads.entries())
          if (topologyKey !== HOSTNAME) inDomain[index]?.set(node.labels[topologyKey] ?? '', 0)
    }
    this.#weights = spreads.map(({ topologyKey }, index) => {
      const domains =
        topologyKey === HOSTNAME ? nodes.length - this.#ignored.size : (inDomain[index]?.size ?? 0)
      return Math.log(domains + 2)
    })
    this.#inDomain = inDomain
    for (const [index, spread] of spreads.entries())
      if (spread.topologyKey !== HOSTNAME) this.#countDomains(index, spread, cluster, own)
  }

  rate(node: ClusterNode): number {
    if (this.#ignored.has(node)) return 0
    let sum = 0
    for (const [index, { topologyKey, maxSkew }] of this.#spreads.entries()) {
      const domain = node.labels[topologyKey]
      if (domain === undefined) continue
      const count =
        topologyKey === HOSTNAME ? this.#onNode[index]?.get(node.name) : this.#inDomain[index]?.get(domain)
      sum += (count ?? 0) * (this.#weights[index] ?? 0) + maxSkew - 1
    }
    return Math.round(sum)
  }

  normalize(rates: number[], nodes: readonly ClusterNode[]): void {
    let [least, most] = [Number.POSITIVE_INFINITY, 0]
    for (const [index, node] of nodes.entries()) {
      if (this.#ignored.has(node)) continue
      least = Math.min(least, rates[index] ?? 0)
      most = Math.max(most, rates[index] ?? 0)
    }
    for (const [index, node] of nodes.entries())
      rates[index] = this.#ignored.has(node)
        ? 0
        : most === 0
          ? MAX_SCORE
          : Math.trunc((MAX_SCORE * (most + least - (rates[index] ?? 0))) / most)
  }

  /** Goes over the nodes that have matching pods only. */
  #countDomains(index: number, spread: Spread, cluster: Cluster, own: boolean): void {
    const domains = this.#inDomain[index]
    for (const [name, count] of this.#onNode[index] ?? []) {
      const node = cluster.node(name)
      if (!node || !domains || !spread.includes(node)) continue
      if (own && !isInAllTopologies(this.#spreads, node)) continue
      const domain = node.labels[spread.topologyKey] ?? ''
      const sum = domains.get(domain)
      if (sum !== undefined) domains.set(domain, sum + count)
    }
  }
}
