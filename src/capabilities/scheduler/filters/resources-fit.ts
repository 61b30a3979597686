import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import type { FilterPlugin, Refusal } from './filter.ts'

const NAME = 'NodeResourcesFit'

/** What a pod requests must be free on the node: CPU, memory, storage, extended resources, and a place among its pods. */
export const resourcesFit: FilterPlugin = {
  name: NAME,
  prepare: pod => ({ test: node => lacking(pod, node) }),
}

function lacking(pod: PodFacts, node: ClusterNode): Refusal | undefined {
  const full = node.pods.size + 1 > node.podCapacity
  if (pod.requestsNothing) return full ? refusal(['Too many pods'], node.podCapacity >= 1) : undefined
  // The usual case makes nothing.
  if (
    !full &&
    pod.others.length === 0 &&
    pod.cpu <= node.cpuCapacity - node.cpu &&
    pod.memory <= node.memoryCapacity - node.memory
  )
    return undefined
  const reasons: string[] = []
  let canHelp = true
  const look = (resource: string, wanted: number, capacity: number, used: number) => {
    if (wanted === 0 || wanted <= capacity - used) return
    reasons.push(`Insufficient ${resource}`)
    if (wanted > capacity) canHelp = false
  }
  if (full) reasons.push('Too many pods')
  look('cpu', pod.cpu, node.cpuCapacity, node.cpu)
  look('memory', pod.memory, node.memoryCapacity, node.memory)
  for (const [name, amount] of pod.others)
    look(name, amount, node.otherCapacity.get(name) ?? 0, node.others.get(name) ?? 0)
  return reasons.length === 0 ? undefined : refusal(reasons, canHelp)
}

const refusal = (reasons: readonly string[], helpedByPreemption: boolean): Refusal => ({
  plugin: NAME,
  reasons,
  helpedByPreemption,
})

/** Whether the node could take the pod if it were empty: what a change of the node can bring about. */
export const couldFit = (pod: PodFacts, node: ClusterNode): boolean =>
  node.podCapacity >= 1 &&
  pod.cpu <= node.cpuCapacity &&
  pod.memory <= node.memoryCapacity &&
  pod.others.every(([name, amount]) => amount <= (node.otherCapacity.get(name) ?? 0))
