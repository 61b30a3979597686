import type { AffinityTerm } from '../cluster/affinity-term.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { type Filter, type FilterPlugin, final, forNow } from './filter.ts'

const NAME = 'InterPodAffinity'
const affinityUnmet = final(NAME, "node(s) didn't match pod affinity rules")
const antiAffinityUnmet = forNow(NAME, "node(s) didn't match pod anti-affinity rules")
const othersRefuse = forNow(NAME, "node(s) didn't satisfy existing pods anti-affinity rules")

/** Required affinity and anti-affinity between pods, in both directions. */
export const interPodAffinity: FilterPlugin = {
  name: NAME,
  prepare(pod, cluster) {
    const isPlain = pod.affinity.length + pod.antiAffinity.length === 0
    if (isPlain && cluster.nodesWithAntiAffinity.size === 0) return undefined
    const check = new AffinityCheck(pod, cluster)
    return isPlain && check.isEmpty ? undefined : check
  },
}

/** Matching pods by topology: `key=value` of the nodes that they are on. */
type Places = Map<string, number>

class AffinityCheck implements Filter {
  readonly #pod: PodFacts
  readonly #cluster: Cluster
  /** Where pods are that want to be apart from this one. */
  readonly #apart: Places = new Map()
  /** Where pods are that match all of this pod's affinity terms. */
  readonly #together: Places = new Map()
  /** Where pods are that match a term of this pod's anti-affinity. */
  readonly #avoided: Places = new Map()

  constructor(pod: PodFacts, cluster: Cluster) {
    this.#pod = pod
    this.#cluster = cluster
    for (const node of cluster.nodesWithAntiAffinity)
      for (const other of node.podsWithAntiAffinity) this.#countApart(other, node, 1)
    if (pod.affinity.length + pod.antiAffinity.length === 0) return
    for (const node of cluster.nodes) for (const other of node.pods.values()) this.#countOwn(other, node, 1)
  }

  get isEmpty(): boolean {
    return this.#apart.size === 0
  }

  moved(other: PodFacts, node: ClusterNode, by: 1 | -1): void {
    this.#countApart(other, node, by)
    this.#countOwn(other, node, by)
  }

  test(node: ClusterNode) {
    const { affinity, antiAffinity } = this.#pod
    if (affinity.length > 0 && !this.#isWanted(node)) return affinityUnmet
    if (antiAffinity.length > 0 && this.#isAvoided(node)) return antiAffinityUnmet
    return this.#apart.size > 0 && this.#isRefused(node) ? othersRefuse : undefined
  }

  #isWanted(node: ClusterNode): boolean {
    const { affinity } = this.#pod
    let matched = true
    for (const { topologyKey } of affinity) {
      const value = node.labels[topologyKey]
      if (value === undefined) return false
      if (!this.#together.has(`${topologyKey}=${value}`)) matched = false
    }
    // The first pod of a group that wants to be together has nobody to go to but itself.
    return matched || (this.#together.size === 0 && matchesAll(affinity, this.#pod, this.#cluster))
  }

  #isAvoided(node: ClusterNode): boolean {
    return this.#pod.antiAffinity.some(({ topologyKey }) => {
      const value = node.labels[topologyKey]
      return value !== undefined && this.#avoided.has(`${topologyKey}=${value}`)
    })
  }

  #isRefused(node: ClusterNode): boolean {
    for (const key in node.labels) if (this.#apart.has(`${key}=${node.labels[key]}`)) return true
    return false
  }

  #countApart(other: PodFacts, node: ClusterNode, by: 1 | -1): void {
    const { namespaceLabels } = this.#cluster.surroundings
    for (const term of other.antiAffinity)
      if (term.matches(this.#pod, namespaceLabels)) count(this.#apart, term.topologyKey, node, by)
  }

  #countOwn(other: PodFacts, node: ClusterNode, by: 1 | -1): void {
    const { affinity, antiAffinity } = this.#pod
    if (affinity.length > 0 && matchesAll(affinity, other, this.#cluster))
      for (const { topologyKey } of affinity) count(this.#together, topologyKey, node, by)
    const { namespaceLabels } = this.#cluster.surroundings
    for (const term of antiAffinity)
      if (term.matches(other, namespaceLabels)) count(this.#avoided, term.topologyKey, node, by)
  }
}

const matchesAll = (terms: readonly AffinityTerm[], pod: PodFacts, { surroundings }: Cluster): boolean =>
  terms.every(term => term.matches(pod, surroundings.namespaceLabels))

function count(places: Places, topologyKey: string, node: ClusterNode, by: 1 | -1): void {
  const value = node.labels[topologyKey]
  if (value === undefined) return
  const place = `${topologyKey}=${value}`
  const next = (places.get(place) ?? 0) + by
  if (next <= 0) places.delete(place)
  else places.set(place, next)
}
