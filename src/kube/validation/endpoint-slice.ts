import { isIP } from 'node:net'
import type { EndpointSlice } from '../generated/discovery-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import { duplicate } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const protocols = ['SCTP', 'TCP', 'UDP']
const notAnAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

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
