import { hostname } from 'node:os'
import type { Node, NodeCondition, NodeStatus, NodeSystemInfo } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'

export interface NodeFacts {
  name: string
  hostIP: string
  allocatable: Readonly<Record<string, string>>
  info: NodeSystemInfo
  /** False when all pods share one loopback address. */
  addresses: { separate: boolean; range: { cidr: string } }
}

/** Tells readers of the node what its runtime does not do. */
const ISOLATION = 'node.drave.dev/isolation'
const ADDRESSES = 'node.drave.dev/pod-addresses'

/** The metadata that the node keeps on its object; what others add stays. */
export function nodeMetadata({ name, info, addresses }: NodeFacts) {
  return {
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': info.operatingSystem,
      'kubernetes.io/arch': info.architecture,
    },
    annotations: {
      [ISOLATION]: 'none: containers are processes of this host',
      [ADDRESSES]: addresses.separate
        ? `${addresses.range.cidr}, one a pod`
        : '127.0.0.1 for all pods: this system does not let a process listen on other loopback addresses',
    },
  }
}

const READY = 'drave is posting ready status'

/** The status a running node reports. Pressure is not measured, so there are no conditions about it. */
export function nodeStatus(facts: NodeFacts, previous: Node['status'], now: number): NodeStatus {
  const before = previous?.conditions?.find(condition => condition.type === 'Ready')
  const ready: NodeCondition = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: READY,
    lastHeartbeatTime: toTime(now),
    lastTransitionTime: before?.status === 'True' ? (before.lastTransitionTime ?? toTime(now)) : toTime(now),
  }
  return {
    addresses: [
      { type: 'InternalIP', address: facts.hostIP },
      { type: 'Hostname', address: hostname() },
    ],
    capacity: { ...facts.allocatable },
    allocatable: { ...facts.allocatable },
    conditions: [ready],
    nodeInfo: facts.info,
    runtimeHandlers: [{ name: '' }, { name: 'process' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  }
}
