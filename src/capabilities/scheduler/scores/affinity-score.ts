import type { AffinityTerm } from '../cluster/affinity-term.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { MAX_SCORE, type ScorePlugin } from './score.ts'

/** What a required affinity term of a pod that runs already weighs for one that it would like to have near, as upstream. */
const HARD_WEIGHT = 1

/** Prefers topologies by the preferred affinity of the pod, and of the pods that are there. */
export const affinityScore: ScorePlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare(pod, cluster) {
    const hasPreferences = pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0
    if (!hasPreferences && cluster.nodesWithAffinity.size === 0) return undefined
    const { namespaceLabels } = cluster.surroundings
    /** Sums of weights by `key=value`. */
    const sums = new Map<string, number>()
    const keys = new Set<string>()
    const apply = (terms: readonly AffinityTerm[], to: PodFacts, at: ClusterNode, factor: number) => {
      for (const term of terms) {
        const value = at.labels[term.topologyKey]
        if (value === undefined || !term.matches(to, namespaceLabels)) continue
        const place = `${term.topologyKey}=${value}`
        keys.add(term.topologyKey)
        sums.set(place, (sums.get(place) ?? 0) + factor * (term.weight || HARD_WEIGHT))
      }
    }
    for (const node of hasPreferences ? cluster.nodes : cluster.nodesWithAffinity)
      for (const other of hasPreferences ? node.pods.values() : node.podsWithAffinity) {
        apply(pod.preferredAffinity, other, node, 1)
        apply(pod.preferredAntiAffinity, other, node, -1)
        apply(other.affinity, pod, node, 1)
        apply(other.preferredAffinity, pod, node, 1)
        apply(other.preferredAntiAffinity, pod, node, -1)
      }
    if (sums.size === 0) return undefined
    return {
      rate({ labels }) {
        let sum = 0
        for (const key of keys) sum += sums.get(`${key}=${labels[key]}`) ?? 0
        return sum
      },
      normalize: scaleToRange,
    }
  },
}

function scaleToRange(rates: number[]): void {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const rate of rates) {
    if (rate < least) least = rate
    if (rate > most) most = rate
  }
  for (const [index, rate] of rates.entries())
    rates[index] = most === least ? 0 : Math.trunc((MAX_SCORE * (rate - least)) / (most - least))
}
