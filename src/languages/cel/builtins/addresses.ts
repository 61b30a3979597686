import { isIPv4, isIPv6 } from 'node:net'
import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { Opaque } from '../value.ts'

class IpValue extends Opaque {
  override readonly typeName = 'net.IP'
  readonly bytes: readonly number[]
  constructor(bytes: readonly number[]) {
    super()
    this.bytes = bytes
  }
  override get costSize(): number {
    return this.bytes.length
  }
  override equals(other: Opaque): boolean {
    return other instanceof IpValue && hasPrefix(this.bytes, other, this.bytes.length * 8)
  }
}

class CidrValue extends Opaque {
  override readonly typeName = 'net.CIDR'
  readonly address: IpValue
  readonly bits: number
  constructor(address: IpValue, bits: number) {
    super()
    this.address = address
    this.bits = bits
  }
  override get costSize(): number {
    return Math.ceil(this.bits / 8)
  }
  override equals(other: Opaque): boolean {
    return other instanceof CidrValue && other.bits === this.bits && this.address.equals(other.address)
  }
}

/** Whether an address of the same family has the same first bits. */
function hasPrefix(bytes: readonly number[], { bytes: other }: IpValue, bits: number): boolean {
  if (bytes.length !== other.length) return false
  return bytes.every((byte, index) => {
    const left = Math.min(8, Math.max(0, bits - index * 8))
    return left === 0 || byte >> (8 - left) === (other[index] ?? 0) >> (8 - left)
  })
}

/** An address without a zone, not IPv4 in the clothes of IPv6; undefined for what is none. */
function parseIp(text: string): IpValue | undefined {
  if (isIPv4(text)) return new IpValue(text.split('.').map(Number))
  if (!isIPv6(text) || text.includes('%') || text.includes('.')) return undefined
  const [head = '', tail] = text.split('::')
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [first, last] = [groups(head), tail === undefined ? [] : groups(tail)]
  const words = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  const bytes = words.flatMap(word => [word >> 8, word & 255])
  const isMapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  return isMapped ? undefined : new IpValue(bytes)
}

function formatIp({ bytes }: IpValue): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from(
    { length: 8 },
    (_, index) => (bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0),
  )
  // RFC 5952: the first of the longest runs of zeros is left out, when it is of two or more.
  let [start, length] = [0, 1]
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && words[to] === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
  }
  const hex = (part: readonly number[]) => part.map(word => word.toString(16)).join(':')
  return length === 1 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`
}

function parseCidr(text: string): CidrValue | undefined {
  const match = /^(.+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const address = parseIp(match?.[1] ?? '')
  const bits = Number(match?.[2])
  return address && bits <= address.bytes.length * 8 ? new CidrValue(address, bits) : undefined
}

function needIp(text: string): IpValue {
  const ip = parseIp(text)
  if (!ip)
    throw new EvaluationError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`)
  return ip
}

function needCidr(text: string): CidrValue {
  const cidr = parseCidr(text)
  if (!cidr)
    throw new EvaluationError(
      `network address parse error during conversion from string: ${JSON.stringify(text)}`,
    )
  return cidr
}

const contains = ({ address, bits }: CidrValue, ip: IpValue) => hasPrefix(address.bytes, ip, bits)
const containsCidr = (outer: CidrValue, inner: CidrValue) =>
  inner.bits >= outer.bits && contains(outer, inner.address)

function masked({ address, bits }: CidrValue): CidrValue {
  const bytes = address.bytes.map(
    (byte, index) => byte & (255 << (8 - Math.min(8, Math.max(0, bits - index * 8)))) & 255,
  )
  return new CidrValue(new IpValue(bytes), bits)
}

const is4 = ({ bytes }: IpValue) => bytes.length === 4
const starts = (ip: IpValue, ...first: number[]) => first.every((byte, index) => ip.bytes[index] === byte)
const isUnspecified = ({ bytes }: IpValue) => bytes.every(byte => byte === 0)
const isLoopback = (ip: IpValue) =>
  is4(ip) ? starts(ip, 127) : ip.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
const isMulticast = ({ bytes: [first = 0] }: IpValue, ip4: boolean) =>
  ip4 ? first >> 4 === 14 : first === 255
const isLinkLocalMulticast = (ip: IpValue) =>
  is4(ip) ? starts(ip, 224, 0, 0) : starts(ip, 255) && ((ip.bytes[1] ?? 0) & 15) === 2
const isLinkLocalUnicast = (ip: IpValue) =>
  is4(ip) ? starts(ip, 169, 254) : starts(ip, 254) && (ip.bytes[1] ?? 0) >> 6 === 2
const isGlobalUnicast = (ip: IpValue) =>
  !isUnspecified(ip) &&
  !isLoopback(ip) &&
  !isMulticast(ip, is4(ip)) &&
  !isLinkLocalUnicast(ip) &&
  !(is4(ip) && ip.bytes.every(byte => byte === 255))

/** Kubernetes' IP and CIDR libraries. */
export const addresses: readonly Overload[] = [
  overload('string_to_ip', 'ip(string): ip', needIp),
  overload('cidr_ip', 'cidr::ip(): ip', ({ address }: CidrValue) => address),
  overload('is_ip', 'isIP(string): bool', (text: string) => parseIp(text) !== undefined),
  overload(
    'ip_is_canonical',
    'ip.isCanonical(string): bool',
    (text: string) => formatIp(needIp(text)) === text,
  ),
  overload('ip_family', 'ip::family(): int', (ip: IpValue) => (is4(ip) ? 4n : 6n)),
  overload('ip_is_unspecified', 'ip::isUnspecified(): bool', isUnspecified),
  overload('ip_is_loopback', 'ip::isLoopback(): bool', isLoopback),
  overload('ip_is_link_local_multicast', 'ip::isLinkLocalMulticast(): bool', isLinkLocalMulticast),
  overload('ip_is_link_local_unicast', 'ip::isLinkLocalUnicast(): bool', isLinkLocalUnicast),
  overload('ip_is_global_unicast', 'ip::isGlobalUnicast(): bool', isGlobalUnicast),
  overload('ip_to_string', 'string(ip): string', formatIp),
  overload('string_to_cidr', 'cidr(string): cidr', needCidr),
  overload('is_cidr', 'isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined),
  overload('cidr_contains_ip', 'cidr::containsIP(ip): bool', contains),
  overload('cidr_contains_ip_string', 'cidr::containsIP(string): bool', (cidr: CidrValue, text: string) =>
    contains(cidr, needIp(text)),
  ),
  overload('cidr_contains_cidr', 'cidr::containsCIDR(cidr): bool', containsCidr),
  overload('cidr_contains_cidr_string', 'cidr::containsCIDR(string): bool', (cidr: CidrValue, text: string) =>
    containsCidr(cidr, needCidr(text)),
  ),
  overload('cidr_masked', 'cidr::masked(): cidr', masked),
  overload('cidr_prefix_length', 'cidr::prefixLength(): int', ({ bits }: CidrValue) => BigInt(bits)),
  overload(
    'cidr_to_string',
    'string(cidr): string',
    ({ address, bits }: CidrValue) => `${formatIp(address)}/${bits}`,
  ),
]
