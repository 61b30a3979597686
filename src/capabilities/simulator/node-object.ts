import type { Node, NodeStatus } from '../../kube/generated/core-v1.ts'
import type { Draft } from '../../kube/object.ts'
import { SIMULATED_NODE } from '../../kube/simulated.ts'
import { toTime } from '../../lib/clock.ts'

export interface SimulatedNodeOptions {
  zones: number
  taint: boolean
}

/** Holds a node's number, so that nodes that are too many can be found. */
export const INDEX = 'simulator.drave.dev/index'

export const nameOf = (index: number): string => `simulated-${index}`

/** A Node that is only acted out, in one of the zones in turn. */
export function simulatedNode(index: number, { zones, taint }: SimulatedNodeOptions): Draft<Node> {
  const name = nameOf(index)
  return {
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': 'simulated',
        'topology.kubernetes.io/zone': `simulated-${index % zones}`,
        type: 'kwok',
      },
      annotations: {
        [SIMULATED_NODE.name]: SIMULATED_NODE.value,
        [INDEX]: String(index),
        'node.drave.dev/isolation': 'simulated: nothing runs on this node',
      },
    },
    spec: {
      podCIDR: rangeOf(index),
      podCIDRs: [rangeOf(index)],
      ...(taint
        ? { taints: [{ key: SIMULATED_NODE.name, value: SIMULATED_NODE.value, effect: 'NoSchedule' }] }
        : {}),
    },
  }
}

/** Ranges from 10.64.0.0 on: 49,152 of them. */
const rangeOf = (index: number): string => `10.${64 + Math.trunc(index / 256)}.${index % 256}.0/24`

/** The status of a node that works. What the object says it can hold stays. */
export function simulatedNodeStatus(
  node: Node,
  allocatable: Readonly<Record<string, string>>,
  now: number,
): NodeStatus {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'simulated node is posting ready status',
  }
  const fine = [
    ['MemoryPressure', 'KubeletHasSufficientMemory', 'simulated node has sufficient memory available'],
    ['DiskPressure', 'KubeletHasNoDiskPressure', 'simulated node has no disk pressure'],
    ['PIDPressure', 'KubeletHasSufficientPID', 'simulated node has sufficient PID available'],
  ].map(([type = '', reason, message]) => ({ type, status: 'False', reason, message }))
  const time = toTime(now)
  return {
    ...node.status,
    allocatable: { ...allocatable, ...node.status?.allocatable },
    capacity: { ...allocatable, ...node.status?.capacity },
    conditions: [ready, ...fine].map(condition => ({
      ...condition,
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    })),
    addresses: [
      { type: 'InternalIP', address: addressOf(node) },
      { type: 'Hostname', address: node.metadata.name },
    ],
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'simulated://1',
      kernelVersion: '',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.0-drave-simulated',
      machineID: '',
      operatingSystem: 'linux',
      osImage: '',
      systemUUID: '',
    },
  }
}

/** Extended resources that somebody has written into the capacity, as it is done on real nodes: a kubelet lets pods have them. */
export function unallocated({ status }: Node): Record<string, string> {
  const { capacity = {}, allocatable = {} } = status ?? {}
  const isMissing = (name: string) => name.includes('/') && allocatable[name] === undefined
  return Object.fromEntries(Object.entries(capacity).filter(([name]) => isMissing(name)))
}

/** The first address of the node's range is its own. */
export const addressOf = ({ spec }: Node): string =>
  (spec.podCIDR ?? '10.63.255.0/24').replace(/\d+\/\d+$/, '255')
