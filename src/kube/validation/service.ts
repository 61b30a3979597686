import { isIP } from 'node:net'
import type { Service, ServicePort, ServiceSpec } from '../generated/core-v1.ts'
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from '../names.ts'
import { duplicate, notSupported } from '../schema/field-error.ts'
import { addressProblems, checkAddress, checkRange } from './addresses.ts'
import type { Rules } from './rules.ts'

const protocols = ['SCTP', 'TCP', 'UDP']
const onlyBalanced = "may only be used when `type` is 'LoadBalancer'"

export function checkService(rules: Rules, { spec }: Service, previous: Service | undefined): void {
  if (!rules.required('spec', spec)) return
  if (previous) checkAddressKept(rules, spec, previous.spec)
  const isHeadless = spec.clusterIP === 'None'
  if (!isHeadless && spec.type !== 'ExternalName') rules.required('spec.ports', spec.ports)
  if (spec.type === 'ExternalName') checkExternalName(rules, spec)
  else if (isHeadless && spec.type !== 'ClusterIP' && isKnownType(spec.type))
    rules.invalid('spec.clusterIPs[0]', 'None', [`may not be set to 'None' for ${spec.type} services`])
  checkPorts(rules, spec.ports ?? [])
  rules.labels('spec.selector', spec.selector)
  checkAffinity(rules, spec)
  if (spec.type !== 'ExternalName') checkAddresses(rules, spec)
  for (const [index, address] of (spec.externalIPs ?? []).entries())
    checkExternalAddress(rules, `spec.externalIPs[${index}]`, address)
  rules.oneOf('spec.type', spec.type, types)
  checkTakenPorts(rules, spec)
  checkBalancer(rules, spec, previous?.spec)
  checkTraffic(rules, spec, previous?.spec)
}

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const isKnownType = (type: string | undefined) => types.includes(type ?? '')

function checkExternalName(
  rules: Rules,
  { clusterIPs, ipFamilies, ipFamilyPolicy, externalName }: ServiceSpec,
): void {
  const refuse = (field: string) =>
    rules.forbidden(`spec.${field}`, 'may not be set for ExternalName services')
  if (clusterIPs?.length) refuse('clusterIPs')
  if (ipFamilies?.length) refuse('ipFamilies')
  if (ipFamilyPolicy !== undefined) refuse('ipFamilyPolicy')
  rules.name('spec.externalName', externalName?.replace(/\.$/, ''), dnsSubdomainProblems)
}

function checkPorts(rules: Rules, ports: readonly ServicePort[]): void {
  const names = new Set<string>()
  for (const [index, { name, port = 0, protocol, targetPort, appProtocol }] of ports.entries()) {
    const field = `spec.ports[${index}]`
    if (!name) {
      if (ports.length > 1) rules.required(`${field}.name`, undefined)
    } else {
      rules.invalid(`${field}.name`, name, dnsLabelProblems(name))
      if (names.has(name)) rules.add(duplicate(`${field}.name`, name))
      names.add(name)
    }
    rules.port(`${field}.port`, port)
    rules.oneOf(`${field}.protocol`, protocol, protocols)
    rules.port(`${field}.targetPort`, targetPort ?? 0)
    if (appProtocol !== undefined)
      rules.invalid(`${field}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))
  }
}

const MAX_AFFINITY_SECONDS = 86_400

function checkAffinity(rules: Rules, { sessionAffinity, sessionAffinityConfig }: ServiceSpec): void {
  rules.oneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])
  if (sessionAffinity !== 'ClientIP') return
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds !== undefined && (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS))
    rules.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, [
      `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
    ])
}

function checkAddresses(
  rules: Rules,
  { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy }: ServiceSpec,
): void {
  if (clusterIP && clusterIPs?.[0] && clusterIP !== clusterIPs[0])
    rules.invalid('spec.clusterIPs', clusterIPs, ['first value must match `clusterIP`'])
  for (const [index, family] of (ipFamilies ?? []).entries()) {
    const field = `spec.ipFamilies[${index}]`
    if (family !== 'IPv4' && family !== 'IPv6') rules.add(notSupported(field, family, ['IPv4', 'IPv6']))
    if (ipFamilies?.indexOf(family) !== index) rules.add(duplicate(field, family))
  }
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy))
    rules.add(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies))
  for (const [index, address] of (clusterIPs ?? (clusterIP ? [clusterIP] : [])).entries())
    if (address !== '' && address !== 'None' && !isIP(address))
      checkAddress(rules, `spec.clusterIPs[${index}]`, address)
}

const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/** An address stays while the Service keeps a type that has one. */
function checkAddressKept(rules: Rules, spec: ServiceSpec, previous: ServiceSpec): void {
  if (spec.type === 'ExternalName' || previous.type === 'ExternalName' || !previous.clusterIP) return
  if (spec.clusterIP !== previous.clusterIP)
    rules.invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [spec.clusterIP], ['may not change once set'])
}

const reserved: readonly (readonly [RegExp, (address: string) => string])[] = [
  [/^(0\.0\.0\.0|::)$/, address => `may not be unspecified (${address})`],
  [/^(127\.|::1$)/, () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^(169\.254\.|fe[89ab])/i, () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^(224\.0\.0\.|ff02)/i, () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]

function checkExternalAddress(rules: Rules, field: string, address: string): void {
  const problems = addressProblems(address)
  rules.invalid(field, address, problems)
  if (problems.length === 0)
    for (const [pattern, why] of reserved)
      if (pattern.test(address)) rules.invalid(field, address, [why(address)])
}

/** Ports that two of one Service cannot have, and those that its type does not take. */
function checkTakenPorts(rules: Rules, { ports = [], type }: ServiceSpec): void {
  if (type === 'ClusterIP')
    for (const [index, { nodePort }] of ports.entries())
      if (nodePort)
        rules.forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")
  const taken = new Set<string>()
  for (const [index, { protocol, nodePort }] of ports.entries()) {
    if (!nodePort) continue
    const id = `${protocol}/${nodePort}`
    if (taken.has(id)) rules.add(duplicate(`spec.ports[${index}].nodePort`, nodePort))
    taken.add(id)
  }
  const numbers = new Set<string>()
  for (const [index, { protocol = '', port = 0 }] of ports.entries()) {
    const id = `${protocol}/${port}`
    const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
    if (numbers.has(id)) rules.add(duplicate(`spec.ports[${index}]`, shown))
    numbers.add(id)
  }
}

function checkBalancer(rules: Rules, spec: ServiceSpec, previous: ServiceSpec | undefined): void {
  const isBalanced = spec.type === 'LoadBalancer'
  const { loadBalancerSourceRanges: ranges = [], loadBalancerClass, allocateLoadBalancerNodePorts } = spec
  if (ranges.length > 0 && !isBalanced) rules.forbidden('spec.LoadBalancerSourceRanges', onlyBalanced)
  for (const [index, range] of ranges.entries())
    checkRange(rules, `spec.LoadBalancerSourceRanges[${index}]`, range.trim())
  if (allocateLoadBalancerNodePorts !== undefined && !isBalanced)
    rules.forbidden('spec.allocateLoadBalancerNodePorts', onlyBalanced)
  if (isBalanced && previous?.type === 'LoadBalancer' && previous.loadBalancerClass !== loadBalancerClass)
    rules.invalid('spec.loadBalancerClass', loadBalancerClass ?? null, ['may not change once set'])
  if (loadBalancerClass === undefined) return
  if (isBalanced)
    rules.invalid('spec.loadBalancerClass', loadBalancerClass, qualifiedNameProblems(loadBalancerClass))
  else rules.forbidden('spec.loadBalancerClass', onlyBalanced)
}

const isLocal = ({ type, externalTrafficPolicy }: ServiceSpec) =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local'

function checkTraffic(rules: Rules, spec: ServiceSpec, previous: ServiceSpec | undefined): void {
  const { type, externalTrafficPolicy: policy, healthCheckNodePort, internalTrafficPolicy } = spec
  const isReached =
    type === 'LoadBalancer' ||
    type === 'NodePort' ||
    (type === 'ClusterIP' && Boolean(spec.externalIPs?.length))
  const field = 'spec.externalTrafficPolicy'
  if (isReached) rules.oneOf(field, policy, ['Cluster', 'Local'])
  else if (policy) rules.invalid(field, policy, ['may only be set for externally-accessible services'])
  if (isLocal(spec)) {
    if (rules.required('spec.healthCheckNodePort', healthCheckNodePort || undefined))
      rules.invalid('spec.healthCheckNodePort', healthCheckNodePort, portNumberProblems(healthCheckNodePort))
  } else if (healthCheckNodePort)
    rules.invalid('spec.healthCheckNodePort', healthCheckNodePort, [
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ])
  if (internalTrafficPolicy !== undefined)
    rules.among('spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local'])
  if (spec.trafficDistribution !== undefined)
    rules.among('spec.trafficDistribution', spec.trafficDistribution, [
      'PreferClose',
      'PreferSameZone',
      'PreferSameNode',
    ])
  if (previous && isLocal(spec) && isLocal(previous) && healthCheckNodePort !== previous.healthCheckNodePort)
    rules.forbidden('spec.healthCheckNodePort', 'field is immutable')
}
