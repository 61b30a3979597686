import { BlockList, isIP } from 'node:net'

export const notACidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

interface Cidr {
  address: string
  family: 'ipv4' | 'ipv6'
  bits: number
}

/** A network as `10.9.8.0/24`; undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...more] = text.split('/')
  const version = isIP(address)
  const bits = Number(length)
  if (!version || more.length > 0 || !/^\d{1,3}$/.test(length) || bits > (version === 4 ? 32 : 128))
    return undefined
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', bits }
}

/** Whether a network is a smaller part of another. */
export function isInside(inner: Cidr, whole: Cidr): boolean {
  if (inner.family !== whole.family || inner.bits <= whole.bits) return false
  const network = new BlockList()
  network.addSubnet(whole.address, whole.bits, whole.family)
  return network.check(inner.address, inner.family)
}
