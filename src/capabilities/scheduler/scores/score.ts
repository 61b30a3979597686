import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'

export const MAX_SCORE = 100

/** Rates the nodes that passed, each from 0 to 100 after `normalize`. */
export interface Score {
  rate(node: ClusterNode): number
  /** Brings the rates of all nodes into range, in place. */
  normalize?(rates: number[], nodes: readonly ClusterNode[]): void
}

/** One plugin of the score phase, with upstream's name and default weight. */
export interface ScorePlugin {
  readonly name: string
  readonly weight: number
  /** Undefined where it would rate all nodes alike. */
  prepare(pod: PodFacts, cluster: Cluster, nodes: readonly ClusterNode[]): Score | undefined
}

/** Scales rates so that the highest is 100; `reverse` makes the lowest rate the best. */
export function scaleToMax(rates: number[], reverse = false): void {
  let highest = 0
  for (const rate of rates) if (rate > highest) highest = rate
  for (const [index, rate] of rates.entries()) {
    const scaled = highest === 0 ? 0 : Math.floor((MAX_SCORE * rate) / highest)
    rates[index] = reverse ? MAX_SCORE - scaled : scaled
  }
}
