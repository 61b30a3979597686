import type { DaemonSet } from '../../../kube/generated/apps-v1.ts'
import type { Node, Pod } from '../../../kube/generated/core-v1.ts'
import { scaledValue } from '../../../kube/int-or-string.ts'
import { REVISION_HASH } from '../history/controller-revision.ts'
import { placementOn, targetNode } from './placement.ts'

/** One node as a DaemonSet sees it. */
export interface DaemonNode {
  name: string
  /** False for a node that is gone but whose pods are still there. */
  exists: boolean
  shouldRun: boolean
  mayStay: boolean
  /** Scheduled ones first, then the oldest. */
  pods: readonly Pod[]
}

/** The nodes, those of leftover pods included, with the pods of the set on each. */
export function viewNodes(set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[]): DaemonNode[] {
  const byNode = new Map<string, Pod[]>()
  for (const pod of pods) {
    const name = targetNode(pod)
    if (name === undefined) continue
    const there = byNode.get(name)
    if (there) there.push(pod)
    else byNode.set(name, [pod])
  }
  const present = nodes.map(node => {
    const { name } = node.metadata
    const there = byNode.get(name) ?? []
    byNode.delete(name)
    return { name, exists: true, ...placementOn(set, node), pods: there.sort(bySeniority) }
  })
  const gone = [...byNode].map(([name, there]) => ({
    name,
    exists: false,
    shouldRun: false,
    mayStay: false,
    pods: there.sort(bySeniority),
  }))
  return [...present, ...gone]
}

const bySeniority = (a: Pod, b: Pod): number =>
  Number(!a.spec.nodeName) - Number(!b.spec.nodeName) ||
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name)

export const isUpdated = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[REVISION_HASH] === hash

/** How many daemon pods may be missing, or run twice, while the template changes. */
export function updateBounds({ spec }: DaemonSet, desired: number): { unavailable: number; surge: number } {
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  if (type === 'OnDelete') return { unavailable: 0, surge: 0 }
  const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, desired, 'up')
  const unavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, desired, 'up')
  // A percentage of few nodes must not block the update for good.
  return unavailable === 0 && surge === 0 ? { unavailable: 1, surge: 0 } : { unavailable, surge }
}
