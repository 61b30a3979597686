import { isIP } from 'node:net'
import type { EndpointAddress, EndpointPort, Endpoints } from '../generated/core-v1.ts'
import { equalJson } from '../copy.ts'
import { dnsLabelProblems, dnsSubdomainProblems, qualifiedNameProblems } from '../names.ts'
import { checkAddress } from './addresses.ts'
import type { Rules } from './rules.ts'

/** Addresses may be loopback ones, which upstream refuses: pods of this node have no others. */
export function checkEndpoints(
  rules: Rules,
  { subsets = [] }: Endpoints,
  previous: Endpoints | undefined,
): void {
  // What was stored by older rules may stay as it is.
  if (previous && equalJson(subsets, previous.subsets)) return
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of subsets.entries()) {
    const field = `subsets[${index}]`
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      rules.required(field, undefined, 'must specify `addresses` or `notReadyAddresses`')
    for (const [at, address] of addresses.entries()) checkTarget(rules, `${field}.addresses[${at}]`, address)
    for (const [at, address] of notReadyAddresses.entries())
      checkTarget(rules, `${field}.notReadyAddresses[${at}]`, address)
    for (const [at, port] of ports.entries())
      checkPort(rules, `${field}.ports[${at}]`, port, ports.length > 1)
  }
}

function checkTarget(rules: Rules, field: string, { ip = '', hostname, nodeName }: EndpointAddress): void {
  checkAddress(rules, `${field}.ip`, ip)
  if (!isIP(ip)) rules.invalid(`${field}.ip`, ip, ['must be a valid IP address'])
  if (hostname) rules.invalid(`${field}.hostname`, hostname, dnsLabelProblems(hostname))
  if (nodeName !== undefined) rules.invalid(`${field}.nodeName`, nodeName, dnsSubdomainProblems(nodeName))
}

function checkPort(
  rules: Rules,
  field: string,
  { name, port = 0, protocol, appProtocol }: EndpointPort,
  needsName: boolean,
): void {
  if (name) rules.invalid(`${field}.name`, name, dnsLabelProblems(name))
  else if (needsName) rules.required(`${field}.name`, undefined)
  rules.port(`${field}.port`, port)
  rules.oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])
  if (appProtocol !== undefined)
    rules.invalid(`${field}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))
}
