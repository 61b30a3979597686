import { describe, expect, it } from 'vitest'
import { addressAt, indexOf, parseRange } from './address-range.ts'
import { PodAddresses } from './pod-addresses.ts'
import { listening } from './wildcard-listeners.ts'

describe('addresses of pods', () => {
  it('are their own, kept where possible, and used again only late', async () => {
    const addresses = await PodAddresses.probe('seed')
    if (!addresses.separate) return
    const [one, two] = [addresses.take('u1'), addresses.take('u2')]
    expect(one).toMatch(/^127\.(6[4-9]|7\d)\./)
    expect(two).not.toBe(one)
    addresses.release('u1')
    expect(addresses.take('u3')).not.toBe(one)
    expect(addresses.take('u4', one)).toBe(one)
    expect(addresses.take('u5', one)).not.toBe(one)
    expect(addresses.take('u6', '127.0.0.1')).not.toBe('127.0.0.1')
    const other = await PodAddresses.probe('another data directory')
    expect(other.take('u1')).not.toBe(one)
  })

  it('are one where the system has one', () => {
    const addresses = PodAddresses.shared()
    expect([addresses.take('u1'), addresses.take('u2')]).toEqual(['127.0.0.1', '127.0.0.1'])
  })
})

describe('a network for pods', () => {
  it.each([
    ['10.99.0.0/24', 256],
    ['127.64.0.0/12', 2 ** 20],
    ['10.99.0.4/30', 4],
  ])('%s has %s addresses', (cidr, count) => {
    const range = parseRange(cidr)
    expect(range.count).toBe(count)
    expect(addressAt(range, 0)).toBe(cidr.split('/')[0])
    expect(indexOf(range, addressAt(range, count - 1))).toBe(count - 1)
    expect(indexOf(range, addressAt(range, count))).toBeUndefined()
    expect(indexOf(range, '1.2.3.4')).toBeUndefined()
  })

  it.each(['10.99.0.0', '10.99.0.1/24', '10.0.0.0/8', '10.99.0.0/31', '300.0.0.0/24', 'fd00::/64'])(
    '%s is refused',
    cidr => {
      expect(() => parseRange(cidr)).toThrow('node.podCIDR')
    },
  )
})

describe('sockets that listen', () => {
  it('are read from the tables of procfs', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100
   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100
   2: 0100007F:1F91 0100007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100`
    const table6 = `head
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 444 1`
    expect([...listening(table), ...listening(table6)]).toEqual([
      ['111', { address: '0.0.0.0', port: 8080 }],
      ['222', { address: '127.0.0.1', port: 8081 }],
      ['444', { address: '::', port: 80 }],
    ])
  })
})
