import type { Container, PodDNSConfig, PodSpec } from '../generated/core-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems, searchDomainProblems } from '../names.ts'
import { duplicate } from '../schema/field-error.ts'
import { checkAddress } from './addresses.ts'
import type { Rules } from './rules.ts'

/** Names, name servers and hosts of a pod, and the ports of the node that it takes. */
export function checkPodNetwork(rules: Rules, field: string, spec: PodSpec): void {
  if (spec.hostname) rules.invalid(`${field}.hostname`, spec.hostname, dnsLabelProblems(spec.hostname))
  if (spec.subdomain) rules.invalid(`${field}.subdomain`, spec.subdomain, dnsLabelProblems(spec.subdomain))
  for (const [index, { ip, hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    const at = `${field}.hostAliases[${index}]`
    checkAddress(rules, `${at}.ip`, ip)
    for (const [position, name] of hostnames.entries())
      rules.invalid(`${at}.hostnames[${position}]`, name, dnsSubdomainProblems(name))
  }
  checkNameServers(rules, `${field}.dnsConfig`, spec)
}

const MAX_NAME_SERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_LIST = 2048

function checkNameServers(rules: Rules, field: string, { dnsPolicy, dnsConfig }: PodSpec): void {
  if (dnsPolicy === 'None') {
    if (!rules.required(field, dnsConfig, 'must provide `dnsConfig` when `dnsPolicy` is None')) return
    const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
    if (!rules.required(`${field}.nameservers`, dnsConfig?.nameservers, why)) return
  }
  if (dnsConfig) checkNameService(rules, field, dnsConfig)
}

function checkNameService(
  rules: Rules,
  field: string,
  { nameservers = [], searches = [], options = [] }: PodDNSConfig,
): void {
  if (nameservers.length > MAX_NAME_SERVERS)
    rules.invalid(`${field}.nameservers`, nameservers, [
      `must not have more than ${MAX_NAME_SERVERS} nameservers`,
    ])
  for (const [index, server] of nameservers.entries())
    checkAddress(rules, `${field}.nameservers[${index}]`, server)
  if (searches.length > MAX_SEARCHES)
    rules.invalid(`${field}.searches`, searches, [`must not have more than ${MAX_SEARCHES} search paths`])
  if (searches.join(' ').length > MAX_SEARCH_LIST)
    rules.invalid(`${field}.searches`, searches, [
      `must not have more than ${MAX_SEARCH_LIST} characters (including spaces) in the search list`,
    ])
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue
    const name = search.replace(/\.$/, '')
    rules.invalid(`${field}.searches[${index}]`, name, searchDomainProblems(name))
  }
  for (const [index, { name }] of options.entries())
    rules.required(`${field}.options[${index}]`, name, 'must not be empty')
}

/** Two containers of one list cannot take the same port of the node. */
export function checkHostPorts(rules: Rules, field: string, containers: readonly Container[]): void {
  const taken = new Set<string>()
  for (const [index, { ports = [] }] of containers.entries())
    for (const [position, { protocol, hostIP = '', hostPort }] of ports.entries()) {
      if (!hostPort) continue
      const id = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(id)) rules.add(duplicate(`${field}[${index}].ports[${position}].hostPort`, id))
      taken.add(id)
    }
}

/** A pod in the node's network has its ports on the node; templates leave it to their pods to say so. */
export function checkHostNetwork(rules: Rules, field: string, spec: PodSpec, isPod: boolean): void {
  if (!spec.hostNetwork) return
  for (const [index, { ports = [] }] of (spec.containers ?? []).entries())
    for (const [position, { hostPort = 0, containerPort = 0 }] of ports.entries())
      if ((isPod || hostPort !== 0) && hostPort !== containerPort)
        rules.invalid(`${field}.containers[${index}].ports[${position}].hostPort`, hostPort, [
          'must match `containerPort` when `hostNetwork` is true',
        ])
}
