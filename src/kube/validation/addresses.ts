import { isIP } from 'node:net'
import type { IPAddress, ServiceCIDR } from '../generated/networking-v1.ts'
import { dnsSubdomainProblems, pathSegmentProblems } from '../names.ts'
import { required } from '../schema/field-error.ts'
import { notACidr, parseCidr } from './cidr.ts'
import type { Rules } from './rules.ts'

/** The name of an IPAddress is what it stands for. */
export const addressProblems = (name: string): string[] =>
  isIP(name) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']

/** An address in a field that says nothing of its family. */
export const checkAddress = (rules: Rules, field: string, address: string): void =>
  rules.invalid(field, address, addressProblems(address))

/** A network in such a field. */
export function checkRange(rules: Rules, field: string, range: string): void {
  if (!parseCidr(range)) rules.invalid(field, range, [notACidr])
}

export function checkIpAddress(rules: Rules, { spec }: IPAddress, previous: IPAddress | undefined): void {
  const field = 'spec.parentRef'
  const parent = spec?.parentRef
  if (previous) rules.immutable(field, parent, previous.spec?.parentRef)
  if (previous || !rules.required(field, parent) || !parent) return
  if (parent.group) rules.invalid(`${field}.group`, parent.group, dnsSubdomainProblems(parent.group))
  rules.name(`${field}.resource`, parent.resource, pathSegmentProblems)
  rules.name(`${field}.name`, parent.name, pathSegmentProblems)
  if (parent.namespace)
    rules.invalid(`${field}.namespace`, parent.namespace, pathSegmentProblems(parent.namespace))
}

export function checkServiceRange(
  rules: Rules,
  { spec }: ServiceCIDR,
  previous: ServiceCIDR | undefined,
): void {
  const { cidrs = [] } = spec ?? {}
  const before = previous?.spec?.cidrs ?? []
  if (previous && before.length === cidrs.length) {
    for (const [index, cidr] of cidrs.entries()) rules.immutable(`spec.cidrs[${index}]`, cidr, before[index])
    return
  }
  if (cidrs.length === 0) rules.add(required('spec.cidrs', 'at least one CIDR required'))
  else if (cidrs.length > 2) rules.invalid('spec.cidrs', spec, ['may only hold up to 2 values'])
  else {
    for (const [index, cidr] of cidrs.entries())
      if (familyOf(cidr) === 0)
        rules.invalid(`spec.cidrs[${index}]`, cidr, [
          'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ])
    const [first, second] = cidrs.map(familyOf)
    if (first !== 0 && first === second)
      rules.invalid('spec.cidrs', cidrs, [
        'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ])
  }
}

/** 4 or 6, and 0 where it is no CIDR. */
function familyOf(cidr: string): number {
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(cidr) ?? []
  const family = isIP(address)
  return Number(bits) <= (family === 4 ? 32 : 128) && bits !== '' ? family : 0
}
