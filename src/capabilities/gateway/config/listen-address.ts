import type { Gateway } from '../kinds/generated/gateway.ts'
import type { Problem } from './problem.ts'

/** Where a Gateway listens: what it asks for in `spec.addresses`, as far as that is loopback or the configured host. */
export function listenAddress(gateway: Gateway, host: string): { host: string } | Problem {
  const [wanted, ...others] = (gateway.spec.addresses ?? []).filter(({ value }) => value)
  if (!wanted) return { host }
  const { type, value = '' } = wanted
  if ((type ?? 'IPAddress') !== 'IPAddress')
    return {
      reason: 'UnsupportedAddress',
      message: `spec.addresses: the type ${type} is not supported, only IPAddress is`,
    }
  if (others.length > 0)
    return { reason: 'UnsupportedAddress', message: 'spec.addresses: more than one address is not supported' }
  if (value !== host && !/^127\.\d+\.\d+\.\d+$/.test(value))
    return {
      reason: 'AddressNotUsable',
      message: `spec.addresses: ${value} is neither loopback nor the address this stack listens on (${host})`,
    }
  return { host: value }
}

/** An address to reach a listener at: one that listens everywhere is reached over loopback. */
export const reachableAddress = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
