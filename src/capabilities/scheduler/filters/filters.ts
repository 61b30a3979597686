import type { FilterPlugin } from './filter.ts'
import { interPodAffinity } from './inter-pod-affinity.ts'
import { nodeAffinity, nodeName, nodePorts, nodeUnschedulable, taintToleration } from './node-filters.ts'
import { resourcesFit } from './resources-fit.ts'
import { topologySpread } from './topology-spread.ts'
import { volumeBinding, volumeRestrictions, volumeZone } from './volumes.ts'

/** The filters in upstream's order: the first that refuses a node gives the reason. */
export const filterPlugins: readonly FilterPlugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  resourcesFit,
  volumeRestrictions,
  volumeBinding,
  volumeZone,
  topologySpread,
  interPodAffinity,
]
