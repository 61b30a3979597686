import { execFileSync } from 'node:child_process'

/** IPv4 addresses that follow one another. */
export interface AddressRange {
  /** As a number. */
  first: number
  count: number
  /** As it was written: `10.99.0.0/24`. */
  cidr: string
}

/** Loopback addresses, which need no right; Services have 127.128.0.0/12. */
export const LOOPBACK_RANGE = parseRange('127.64.0.0/12')

/** Reads a CIDR of 2 to 2^20 usable addresses. Throws naming what is wrong. */
export function parseRange(cidr: string): AddressRange {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? []
  const numbers = address.split('.').map(Number)
  const length = Number(bits)
  if (address === '' || numbers.some(number => number > 255) || length < 12 || length > 30)
    throw new Error(`node.podCIDR: ${cidr}: must be an IPv4 network with a prefix of 12 to 30 bits`)
  const first = numbers.reduce((sum, number) => sum * 256 + number, 0)
  const count = 2 ** (32 - length)
  if (first % count !== 0) throw new Error(`node.podCIDR: ${cidr}: is not the beginning of such a network`)
  return { first, count, cidr }
}

export const addressAt = ({ first }: AddressRange, index: number): string =>
  [24, 16, 8, 0].map(shift => ((first + index) >>> shift) & 255).join('.')

/** Where an address is in the range; undefined where it is not. */
export function indexOf({ first, count }: AddressRange, address: string): number | undefined {
  const index = address.split('.').reduce((sum, number) => sum * 256 + Number(number), 0) - first
  return index >= 0 && index < count ? index : undefined
}

/** Makes all addresses of a range this machine's own, until disposed. Throws where that is not allowed. */
export function claimRange({ cidr }: AddressRange): Disposable {
  const route = ['local', cidr, 'dev', 'lo']
  try {
    execFileSync('ip', ['route', 'replace', ...route], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    throw new Error(`node.podCIDR: ${cidr} cannot be used: ${(error as Error).message.trim()}`, {
      cause: error,
    })
  }
  return {
    [Symbol.dispose]() {
      try {
        execFileSync('ip', ['route', 'del', ...route], { stdio: 'ignore' })
      } catch {
        // Somebody else has removed it.
      }
    },
  }
}
