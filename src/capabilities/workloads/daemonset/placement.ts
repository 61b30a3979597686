import type { DaemonSet } from '../../../kube/generated/apps-v1.ts'
import type { Node, NodeSelector, Pod, PodSpec, Taint, Toleration } from '../../../kube/generated/core-v1.ts'
import { admitsNode } from '../../../kube/node-terms.ts'
import { isTolerated } from '../../../kube/tolerations.ts'

/** What every daemon pod bears, so that it is there before its node is ready and stays while it is in trouble. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
].map(([condition, effect]) => ({ key: `node.kubernetes.io/${condition}`, operator: 'Exists', effect }))

const NETWORK_UNAVAILABLE: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
}

/** The template's tolerations with the daemons' added, each once. */
export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const added = hostNetwork ? [...DAEMON_TOLERATIONS, NETWORK_UNAVAILABLE] : DAEMON_TOLERATIONS
  const isAdded = (own: Toleration) =>
    added.some(({ key, effect }) => own.key === key && own.operator === 'Exists' && own.effect === effect)
  return [...tolerations.filter(own => !isAdded(own)), ...added]
}

/** Whether the node should get a daemon pod, and whether one that is there may stay (it is not evicted by NoSchedule). */
export function placementOn(set: DaemonSet, node: Node): { shouldRun: boolean; mayStay: boolean } {
  const spec = set.spec.template.spec ?? { containers: [] }
  const { name, labels } = node.metadata
  if (spec.nodeName && spec.nodeName !== name) return { shouldRun: false, mayStay: false }
  if (!admitsNode(spec, { name, labels })) return { shouldRun: false, mayStay: false }
  const tolerations = daemonTolerations(spec)
  const untolerated = (node.spec?.taints ?? []).filter(taint => !isTolerated(taint, tolerations))
  const has = (effect: Taint['effect']) => untolerated.some(taint => taint.effect === effect)
  if (has('NoExecute')) return { shouldRun: false, mayStay: false }
  return { shouldRun: !has('NoSchedule'), mayStay: true }
}

/** The node that a daemon pod is on, or is made for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const field = required?.nodeSelectorTerms
    .flatMap(({ matchFields }) => matchFields ?? [])
    .find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
  return field?.values?.length === 1 ? field.values[0] : undefined
}

/** The pod's spec for one node: pinned by affinity, so that the scheduler places it. */
export function pinnedTo(spec: PodSpec, node: string): PodSpec {
  const pin: NodeSelector = {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
  }
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: pin,
  }
  return { ...spec, affinity: { ...spec.affinity, nodeAffinity }, tolerations: daemonTolerations(spec) }
}
