import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import { isCounted } from '../cluster/match-counts.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { isInAllTopologies, type Spread, spreadsOf } from '../cluster/spread-constraints.ts'
import { type Filter, type FilterPlugin, final, forNow } from './filter.ts'

const NAME = 'PodTopologySpread'
const UNEVEN = "node(s) didn't match pod topology spread constraints"
const uneven = forNow(NAME, UNEVEN)
const noTopology = final(NAME, `${UNEVEN} (missing required label)`)

/** Constraints that say `DoNotSchedule`: no domain may get further ahead of the emptiest one than `maxSkew`. */
export const topologySpread: FilterPlugin = {
  name: NAME,
  prepare(pod, cluster) {
    const spreads = spreadsOf(pod, 'DoNotSchedule')
    return spreads.length === 0 ? undefined : new SpreadCheck(pod, cluster, spreads)
  },
}

class SpreadCheck implements Filter {
  readonly #pod: PodFacts
  readonly #spreads: readonly Spread[]
  /** Matching pods by the constraint and its domain. */
  readonly #domains: Map<string, number>[]
  /** Of each constraint: matching pods in its emptiest domain; undefined after a change. */
  #emptiest: number[] | undefined

  constructor(pod: PodFacts, cluster: Cluster, spreads: readonly Spread[]) {
    this.#pod = pod
    this.#spreads = spreads
    this.#domains = spreads.map(() => new Map())
    const counts = spreads.map(({ selector }) => cluster.counts(pod.namespace, selector))
    for (const node of cluster.nodes) {
      if (!isInAllTopologies(spreads, node)) continue
      for (const [index, spread] of spreads.entries())
        if (spread.includes(node)) this.#add(index, node, counts[index]?.get(node.name) ?? 0)
    }
  }

  moved(other: PodFacts, node: ClusterNode, by: 1 | -1): void {
    if (!isInAllTopologies(this.#spreads, node)) return
    this.#emptiest = undefined
    for (const [index, spread] of this.#spreads.entries())
      if (isCounted(other, this.#pod.namespace, spread.selector) && spread.includes(node))
        this.#add(index, node, by)
  }

  test(node: ClusterNode) {
    this.#emptiest ??= this.#spreads.map(({ minDomains }, index) => {
      const domains = this.#domains[index]
      return !domains || domains.size < minDomains ? 0 : least(domains.values())
    })
    for (const [index, { topologyKey, maxSkew, selector }] of this.#spreads.entries()) {
      const domain = node.labels[topologyKey]
      if (domain === undefined) return noTopology
      const itself = selector.matches(this.#pod.labels) ? 1 : 0
      const skew = (this.#domains[index]?.get(domain) ?? 0) + itself - (this.#emptiest[index] ?? 0)
      if (skew > maxSkew) return uneven
    }
    return undefined
  }

  #add(index: number, { labels }: ClusterNode, count: number): void {
    const domains = this.#domains[index]
    const domain = labels[this.#spreads[index]?.topologyKey ?? '']
    if (domains && domain !== undefined) domains.set(domain, (domains.get(domain) ?? 0) + count)
  }
}

function least(counts: Iterable<number>): number {
  let result = Number.POSITIVE_INFINITY
  for (const count of counts) if (count < result) result = count
  return result
}
