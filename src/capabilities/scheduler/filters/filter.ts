import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'

/** Why a node does not take a pod, in upstream's words. */
export interface Refusal {
  readonly plugin: string
  readonly reasons: readonly string[]
  /** False where the node would not take it either if other pods made room. */
  readonly helpedByPreemption: boolean
}

/** A check of nodes for one pod. */
export interface Filter {
  test(node: ClusterNode): Refusal | undefined
  /** Tells a check that counts pods elsewhere that one came to a node (1) or left it (-1). */
  moved?(pod: PodFacts, node: ClusterNode, by: 1 | -1): void
  /** The only nodes that can pass, where that is known beforehand. */
  readonly only?: ReadonlySet<string>
}

/** What a plugin makes of a pod: nothing to check, a check, or a refusal of all nodes alike. */
export type Prepared =
  | undefined
  | Filter
  | { refuse: string; helpedByPreemption?: boolean; only?: undefined; test?: undefined }

/** One plugin of the filter phase, under upstream's name. */
export interface FilterPlugin {
  readonly name: string
  prepare(pod: PodFacts, cluster: Cluster): Prepared
}

/** A refusal that stays whoever leaves the node. */
export const final = (plugin: string, reason: string): Refusal => ({
  plugin,
  reasons: [reason],
  helpedByPreemption: false,
})

/** A refusal that may end when other pods leave. */
export const forNow = (plugin: string, ...reasons: string[]): Refusal => ({
  plugin,
  reasons,
  helpedByPreemption: true,
})
