import type { Node, Pod } from '../../kube/generated/core-v1.ts'

/** What something used during a window of time. */
export interface Usage {
  /** Billionths of a core, averaged over the window. */
  cpuNanocores: number
  /** The working set at the end of the window. */
  memoryBytes: number
}

interface Sampled {
  /** The end of the window, in milliseconds since the epoch. */
  at: number
  windowMs: number
}

export interface PodUsage extends Sampled {
  /** By container. */
  containers: ReadonlyMap<string, Usage>
}

export interface NodeUsage extends Sampled {
  usage: Usage
}

/** Knows what pods and nodes use; undefined for those it does not measure, or not yet. */
export interface UsageSource {
  ofPod(pod: Pod): PodUsage | undefined
  ofNode(node: Node): NodeUsage | undefined
}
