import { describe, expect, it } from 'vitest'
import type { Service } from '../../kube/generated/core-v1.ts'
import { parseAddressRange } from './address-range.ts'
import { ServiceAddresses } from './service-addresses.ts'

const service = (name: string): Service =>
  // Only what the allocation reads.
  ({ metadata: { name, uid: name }, spec: {} }) as Service

const take = (addresses: ServiceAddresses, count: number): string[] =>
  Array.from({ length: count }, (_, index) => addresses.clusterIp(service(`s${index}`), undefined, true))

describe('addresses of Services', () => {
  it('start elsewhere for each data directory, and at the same place for the same one', () => {
    const one = new ServiceAddresses('/home/a/.drave/state')
    const again = new ServiceAddresses('/home/a/.drave/state')
    const other = new ServiceAddresses('/home/b/.drave/state')
    const taken = take(one, 50)
    expect(take(again, 50)).toEqual(taken)
    expect(
      [one.ofApi, ...taken].filter(address => [other.ofApi, ...take(other, 50)].includes(address)),
    ).toEqual([])
    for (const address of [one.ofApi, ...taken]) expect(address).toMatch(/^127\.1(2[89]|3\d|4[0-3])\./)
  })

  it('leave out the one of the API server, and go round at the end of the range', () => {
    const addresses = new ServiceAddresses()
    expect(addresses.ofApi).toBe('127.128.0.1')
    expect(take(addresses, 2)).toEqual(['127.128.0.2', '127.128.0.3'])
    const last = new ServiceAddresses('last', { start: 2 ** 20 - 3 })
    expect(last.ofApi).toBe('127.143.255.254')
    expect(take(last, 2)).toEqual(['127.128.0.1', '127.128.0.2'])
  })

  it('may come from another range, from its first one on', () => {
    const addresses = new ServiceAddresses('/any', { range: parseAddressRange('10.0.0.0/29') })
    expect(addresses.ofApi).toBe('10.0.0.1')
    expect(addresses.clusterIp(service('asked'), '10.0.0.5', true)).toBe('10.0.0.5')
    expect(take(addresses, 4)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.6'])
    expect(() => take(addresses, 1)).toThrow('all of them are taken')
    expect(() => addresses.clusterIp(service('other'), '127.128.0.5', true)).toThrow(
      'The range of valid IPs is 10.0.0.0/29',
    )
  })
})
