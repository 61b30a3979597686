import type { Service, ServiceSpec } from '../../kube/generated/core-v1.ts'
import { equalJson } from '../../kube/copy.ts'

const hasAddress = ({ type }: ServiceSpec) => type !== 'ExternalName'
const hasNodePorts = ({ type }: ServiceSpec) => type === 'NodePort' || type === 'LoadBalancer'
const isBalanced = ({ type }: ServiceSpec) => type === 'LoadBalancer'
const isChecked = (spec: ServiceSpec) => isBalanced(spec) && spec.externalTrafficPolicy === 'Local'
const isReached = (spec: ServiceSpec) =>
  hasNodePorts(spec) || (spec.type === 'ClusterIP' && Boolean(spec.externalIPs?.length))

const fields: readonly (readonly [(spec: ServiceSpec) => boolean, readonly (keyof ServiceSpec)[]])[] = [
  [hasAddress, ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']],
  [isChecked, ['healthCheckNodePort']],
  [isBalanced, ['allocateLoadBalancerNodePorts', 'loadBalancerClass']],
  [isReached, ['externalTrafficPolicy']],
]

/**
 * Whoever changes the type of a Service, and leaves what only the old type has as it was, is not made to remove it.
 * Changes `service` in place.
 */
export function dropForeignFields({ spec }: Service, { spec: before }: Service): void {
  for (const [applies, names] of fields) {
    if (!applies(before) || applies(spec)) continue
    for (const name of names) if (equalJson(spec[name], before[name])) delete spec[name]
  }
  if (!hasNodePorts(before) || hasNodePorts(spec)) return
  const ports = ({ ports }: ServiceSpec) => ports?.map(({ nodePort }) => nodePort ?? 0)
  if (equalJson(ports(spec), ports(before))) for (const port of spec.ports ?? []) delete port.nodePort
}
