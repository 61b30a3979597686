import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'

/** What happened that may let a waiting pod be scheduled. */
export type ClusterEvent =
  | { kind: 'node'; node: ClusterNode }
  /** A node is gone, and its domains with it. */
  | { kind: 'nodeGone' }
  /** A pod left its node, will not come to it, or is not there any more under the labels that it had. */
  | { kind: 'podLeft'; pod: PodFacts }
  /** A pod came to a node, or its labels changed there. */
  | { kind: 'podPlaced'; pod: PodFacts }
  /** A claim, volume or storage class changed. */
  | { kind: 'storage' }
  /** Labels of a namespace changed. */
  | { kind: 'namespace' }
