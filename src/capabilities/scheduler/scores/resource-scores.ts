import type { ClusterNode } from '../cluster/cluster-node.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import { MAX_SCORE, type ScorePlugin } from './score.ts'

/** Prefers nodes of which more CPU and memory stays free. */
export const leastAllocated: ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  prepare: pod => ({ rate: node => leastAllocatedScore(pod, node) }),
}

function leastAllocatedScore(pod: PodFacts, node: ClusterNode): number {
  let sum = 0
  let resources = 0
  const { cpuCapacity, memoryCapacity } = node
  if (cpuCapacity > 0) {
    sum += unused(node.scoredCpu + pod.scoredCpu, cpuCapacity)
    resources++
  }
  if (memoryCapacity > 0) {
    sum += unused(node.scoredMemory + pod.scoredMemory, memoryCapacity)
    resources++
  }
  return resources === 0 ? 0 : Math.floor(sum / resources)
}

const unused = (requested: number, capacity: number): number =>
  requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_SCORE) / capacity)

/** Prefers nodes whose CPU and memory the pod brings into balance. */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  // A pod without requests changes no balance.
  prepare: pod =>
    pod.cpu === 0 && pod.memory === 0
      ? undefined
      : {
          rate(node) {
            const after = balance(node, pod.cpu, pod.memory)
            const before = balance(node, 0, 0)
            return MAX_SCORE / 2 + Math.trunc((MAX_SCORE / 2 + after - before) / 2)
          },
        },
}

function balance(node: ClusterNode, cpu: number, memory: number): number {
  const { cpuCapacity, memoryCapacity } = node
  if (cpuCapacity === 0 || memoryCapacity === 0) return MAX_SCORE
  const cpuShare = Math.min(1, (node.cpu + cpu) / cpuCapacity)
  const memoryShare = Math.min(1, (node.memory + memory) / memoryCapacity)
  return Math.trunc((1 - Math.abs(cpuShare - memoryShare) / 2) * MAX_SCORE)
}
