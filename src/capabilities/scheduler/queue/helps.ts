import { admitsNode } from '../../../kube/node-terms.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { isTolerated } from '../../../kube/tolerations.ts'
import { couldFit } from '../filters/resources-fit.ts'
import type { ClusterEvent } from './cluster-event.ts'

type Hint = (pod: PodFacts, event: ClusterEvent) => boolean

/** Upstream's queueing hints: for each plugin that refused, which events could change its mind. */
const hints: Readonly<Record<string, Hint>> = {
  NodeUnschedulable: (_pod, event) => event.kind === 'node' && !event.node.node?.spec.unschedulable,
  NodeName: (pod, event) => event.kind === 'node' && event.node.name === pod.pod.spec.nodeName,
  TaintToleration: ({ pod }, event) =>
    event.kind === 'node' && event.node.hardTaints.every(taint => isTolerated(taint, pod.spec.tolerations)),
  NodeAffinity: ({ pod }, event) => event.kind === 'node' && admitsNode(pod.spec, event.node),
  NodePorts: (pod, event) =>
    event.kind === 'node' ||
    (event.kind === 'podLeft' &&
      event.pod.hostPorts.some(({ port }) => pod.hostPorts.some(wanted => wanted.port === port))),
  NodeResourcesFit: (pod, event) =>
    // Every pod that leaves makes a place.
    event.kind === 'podLeft' || (event.kind === 'node' && couldFit(pod, event.node)),
  VolumeRestrictions: (pod, event) =>
    event.kind === 'podLeft' &&
    event.pod.namespace === pod.namespace &&
    event.pod.claims.some(({ name }) => pod.claims.some(claim => claim.name === name)),
  VolumeBinding: (_pod, event) => event.kind === 'storage' || event.kind === 'node',
  VolumeZone: (_pod, event) => event.kind === 'storage' || event.kind === 'node',
  PodTopologySpread: (pod, event) =>
    event.kind === 'node' ||
    event.kind === 'nodeGone' ||
    ((event.kind === 'podLeft' || event.kind === 'podPlaced') && event.pod.namespace === pod.namespace),
  InterPodAffinity: (pod, event) => {
    switch (event.kind) {
      case 'node':
      case 'namespace':
        return true
      case 'podPlaced':
        return pod.affinity.length > 0
      case 'podLeft':
        return pod.antiAffinity.length > 0 || event.pod.antiAffinity.length > 0
      default:
        return false
    }
  },
}

/** Whether an event could lift what one of the plugins refused. */
export function helps(pod: PodFacts, plugins: ReadonlySet<string>, event: ClusterEvent): boolean {
  // Nobody refused: there was no node at all.
  if (plugins.size === 0) return event.kind === 'node'
  for (const plugin of plugins) if (hints[plugin]?.(pod, event) ?? true) return true
  return false
}
