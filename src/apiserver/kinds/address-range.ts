/** A block of IPv4 addresses, as `--service-cluster-ip-range` names one. */
export interface AddressRange {
  /** In CIDR notation. */
  text: string
  first: number
  /** How many addresses it has, its own number and the last one included. */
  count: number
}

/** kube-apiserver allows no more than 20 bits of hosts, and fewer than two leave no address to give. */
const PREFIX_LENGTHS = { min: 12, max: 30 }

/** Throws where the text is no such block. */
export function parseAddressRange(text: string): AddressRange {
  const [, address = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const number = addressNumber(address)
  if (number === undefined) throw new Error(`${text}: must be an IPv4 range such as 10.96.0.0/16`)
  const length = Number(bits)
  if (length < PREFIX_LENGTHS.min) throw new Error(`${text}: the mask must be >= ${PREFIX_LENGTHS.min}`)
  if (length > PREFIX_LENGTHS.max) throw new Error(`${text}: the mask must be <= ${PREFIX_LENGTHS.max}`)
  const count = 2 ** (32 - length)
  const first = number - (number % count)
  return { text: `${addressText(first)}/${length}`, first, count }
}

export const addressAt = ({ first }: AddressRange, index: number): string => addressText(first + index)

/** Which address of the range it is; undefined where it is none that can be given. */
export function indexIn({ first, count }: AddressRange, address: string): number | undefined {
  const number = addressNumber(address)
  if (number === undefined) return undefined
  const index = number - first
  return index > 0 && index < count - 1 ? index : undefined
}

const addressText = (number: number): string =>
  [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.')

function addressNumber(address: string): number | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}
