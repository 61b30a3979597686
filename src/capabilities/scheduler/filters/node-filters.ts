import { admitsNode } from '../../../kube/node-terms.ts'
import { namedNodes } from '../cluster/named-nodes.ts'
import { isTolerated } from '../../../kube/tolerations.ts'
import { type FilterPlugin, final, forNow } from './filter.ts'

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

const cordoned = final('NodeUnschedulable', 'node(s) were unschedulable')
/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  prepare: ({ pod }) =>
    isTolerated(CORDON, pod.spec.tolerations)
      ? undefined
      : { test: ({ node }) => (node?.spec.unschedulable ? cordoned : undefined) },
}

const otherName = final('NodeName', "node(s) didn't match the requested node name")
/** A pod that names a node goes nowhere else. */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  prepare({ pod }) {
    const wanted = pod.spec.nodeName
    return wanted ? { test: ({ name }) => (name === wanted ? undefined : otherName) } : undefined
  },
}

const untolerated = final('TaintToleration', 'node(s) had untolerated taint(s)')
/** Taints of effect NoSchedule and NoExecute keep away pods that do not tolerate them. */
export const taintToleration: FilterPlugin = {
  name: 'TaintToleration',
  prepare({ pod }) {
    const { tolerations } = pod.spec
    return {
      test: ({ hardTaints }) =>
        hardTaints.length === 0 || hardTaints.every(taint => isTolerated(taint, tolerations))
          ? undefined
          : untolerated,
    }
  },
}

const noMatch = final('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
/** nodeSelector and required node affinity. */
export const nodeAffinity: FilterPlugin = {
  name: 'NodeAffinity',
  prepare({ pod }) {
    const { nodeSelector, affinity } = pod.spec
    if (!nodeSelector && !affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
      return undefined
    const only = namedNodes(pod)
    if (only?.size === 0) return { refuse: 'pod affinity terms conflict' }
    return {
      ...(only ? { only } : {}),
      test: node => (admitsNode(pod.spec, node) ? undefined : noMatch),
    }
  },
}

const portTaken = forNow('NodePorts', "node(s) didn't have free ports for the requested pod ports")
/** Two pods cannot have the same port of a node. */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  prepare: ({ hostPorts }) =>
    hostPorts.length === 0
      ? undefined
      : { test: node => (hostPorts.some(port => node.isPortTaken(port)) ? portTaken : undefined) },
}
