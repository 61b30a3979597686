import type { Endpoints, Service } from '../generated/core-v1.ts'
import type { EndpointSlice } from '../generated/discovery-v1.ts'
import type { Ingress, IngressClass, NetworkPolicy } from '../generated/networking-v1.ts'
import { ageColumn, labelsText, nameColumn, orNone, type TableColumn, text, wide } from './column.ts'
import { selectorText } from './workloads.ts'

function externalAddresses({ spec, status }: Service): string {
  const published = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '')
  const all = [...(spec?.type === 'LoadBalancer' ? published : []), ...(spec?.externalIPs ?? [])].filter(
    Boolean,
  )
  if (spec?.type === 'ExternalName') return spec.externalName ?? ''
  if (all.length > 0) return all.join(',')
  return spec?.type === 'LoadBalancer' ? '<pending>' : '<none>'
}

export const serviceColumns: readonly TableColumn<Service>[] = [
  nameColumn,
  text('Type', ({ spec }) => spec?.type ?? ''),
  text('Cluster-IP', ({ spec }) => orNone(spec?.clusterIP)),
  text('External-IP', externalAddresses),
  text('Port(s)', ({ spec }) =>
    orNone(
      (spec?.ports ?? [])
        .map(
          ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`,
        )
        .join(','),
    ),
  ),
  ageColumn,
  wide(text('Selector', ({ spec }) => labelsText(spec?.selector))),
]

/** At most three, and how many more there are. */
const firstThree = (list: readonly string[]): string => {
  if (list.length === 0) return '<none>'
  return list.length > 3 ? `${list.slice(0, 3).join(',')} + ${list.length - 3} more...` : list.join(',')
}

export const endpointsColumns: readonly TableColumn<Endpoints>[] = [
  nameColumn,
  text('Endpoints', ({ subsets }) =>
    firstThree(
      (subsets ?? []).flatMap(({ addresses = [], ports }) =>
        ports?.length
          ? ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`))
          : addresses.map(({ ip }) => ip),
      ),
    ),
  ),
  ageColumn,
]

export const endpointSliceColumns: readonly TableColumn<EndpointSlice>[] = [
  nameColumn,
  text('AddressType', ({ addressType }) => addressType),
  text('Ports', ({ ports }) => {
    if (!ports?.length) return '<unset>'
    return firstThree(ports.map(({ port, name }) => (port === undefined ? `${name ?? ''}:*` : String(port))))
  }),
  text('Endpoints', ({ endpoints }) => {
    const all = (endpoints ?? []).flatMap(({ addresses }) => addresses)
    return all.length === 0 ? '<unset>' : firstThree(all)
  }),
  ageColumn,
]

export const ingressColumns: readonly TableColumn<Ingress>[] = [
  nameColumn,
  text('Class', ({ spec }) => orNone(spec?.ingressClassName)),
  text('Hosts', ({ spec }) => {
    const hosts = (spec?.rules ?? [])
      .map(({ host }) => host)
      .filter(host => host !== undefined && host !== '')
    return hosts.length === 0 ? '*' : firstThree(hosts as string[])
  }),
  text('Address', ({ status }) =>
    (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(','),
  ),
  text('Ports', ({ spec }) => (spec?.tls?.length ? '80, 443' : '80')),
  ageColumn,
]

export const ingressClassColumns: readonly TableColumn<IngressClass>[] = [
  nameColumn,
  text('Controller', ({ spec }) => spec?.controller ?? ''),
  text('Parameters', ({ spec }) => {
    const { apiGroup, kind, name } = spec?.parameters ?? {}
    if (!kind) return '<none>'
    return `${kind}${apiGroup ? `.${apiGroup}` : ''}/${name}`
  }),
  ageColumn,
]

export const networkPolicyColumns: readonly TableColumn<NetworkPolicy>[] = [
  nameColumn,
  text('Pod-Selector', ({ spec }) => selectorText(spec?.podSelector)),
  ageColumn,
]
