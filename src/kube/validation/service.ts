import { isIP } from 'node:net'
import type { EndpointSlice } from '../generated/discovery-v1.ts'
import type { Service, ServiceSpec } from '../generated/core-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import { duplicate } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const protocols = ['SCTP', 'TCP', 'UDP']
const notAnAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

export function checkService(rules: Rules, { spec }: Service, previous: Service | undefined): void {
  if (!rules.required('spec', spec)) return
  rules.oneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'])
  rules.oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None'])
  rules.labels('spec.selector', spec.selector)
  if (spec.type === 'ExternalName')
    rules.name('spec.externalName', spec.externalName?.replace(/\.$/, ''), dnsSubdomainProblems)
  else {
    if (spec.clusterIP !== 'None') rules.required('spec.ports', spec.ports)
    checkAddresses(rules, spec)
  }
  checkPorts(rules, spec)
  if (previous) checkAddressKept(rules, spec, previous.spec)
}

function checkAddresses(rules: Rules, { clusterIP, clusterIPs, type }: ServiceSpec): void {
  for (const [index, address] of (clusterIPs ?? (clusterIP ? [clusterIP] : [])).entries()) {
    if (address === '') continue
    if (address !== 'None') {
      if (!isIP(address)) rules.invalid(`spec.clusterIPs[${index}]`, address, [notAnAddress])
    } else if (type !== 'ClusterIP')
      rules.invalid(`spec.clusterIPs[${index}]`, address, [`may not be set to 'None' for ${type} services`])
  }
  if (clusterIP && clusterIPs?.[0] && clusterIP !== clusterIPs[0])
    rules.invalid('spec.clusterIPs', clusterIPs, ['first value must match `clusterIP`'])
}

/** An address stays while the Service keeps a type that has one. */
function checkAddressKept(rules: Rules, spec: ServiceSpec, previous: ServiceSpec): void {
  if (spec.type === 'ExternalName' || previous.type === 'ExternalName' || !previous.clusterIP) return
  if (spec.clusterIP !== previous.clusterIP)
    rules.invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [spec.clusterIP], ['may not change once set'])
}

function checkPorts(rules: Rules, { ports = [], type }: ServiceSpec): void {
  const names = new Set<string>()
  const numbers = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const field = `spec.ports[${index}]`
    if (!port.name) {
      if (ports.length > 1) rules.required(`${field}.name`, undefined)
    } else {
      rules.invalid(`${field}.name`, port.name, dnsLabelProblems(port.name))
      if (names.has(port.name)) rules.add(duplicate(`${field}.name`, port.name))
      names.add(port.name)
    }
    rules.port(`${field}.port`, port.port)
    rules.oneOf(`${field}.protocol`, port.protocol, protocols)
    rules.port(`${field}.targetPort`, port.targetPort)
    if (port.nodePort && type === 'ClusterIP')
      rules.forbidden(`${field}.nodePort`, "may not be used when `type` is 'ClusterIP'")
    const id = `${port.protocol}/${port.port}`
    if (numbers.has(id)) rules.add(duplicate(field, { protocol: port.protocol, port: port.port }))
    numbers.add(id)
  }
}

/** Addresses may be loopback ones, which upstream refuses: pods of this node have no others. */
export function checkEndpointSlice(
  rules: Rules,
  slice: EndpointSlice,
  previous: EndpointSlice | undefined,
): void {
  const { addressType, endpoints, ports } = slice
  rules.oneOf('addressType', addressType, ['FQDN', 'IPv4', 'IPv6'])
  for (const [index, endpoint] of (endpoints ?? []).entries()) {
    const field = `endpoints[${index}].addresses`
    rules.required(field, endpoint.addresses, 'must contain at least 1 address')
    for (const [at, address] of (endpoint.addresses ?? []).entries()) {
      const version = isIP(address)
      if (addressType === 'IPv4' && version !== 4)
        rules.invalid(`${field}[${at}]`, address, [version ? 'must be an IPv4 address' : notAnAddress])
      if (addressType === 'IPv6' && version !== 6)
        rules.invalid(`${field}[${at}]`, address, [version ? 'must be an IPv6 address' : notAnAddress])
      if (addressType === 'FQDN') rules.invalid(`${field}[${at}]`, address, dnsSubdomainProblems(address))
    }
  }
  const names = new Set<string>()
  for (const [index, { name = '', protocol }] of (ports ?? []).entries()) {
    if (names.has(name)) rules.add(duplicate(`ports[${index}].name`, name))
    names.add(name)
    if (name) rules.invalid(`ports[${index}].name`, name, dnsLabelProblems(name))
    rules.oneOf(`ports[${index}].protocol`, protocol, protocols)
  }
  if (previous) rules.immutable('addressType', addressType, previous.addressType)
}
