import { describe, expect, it } from 'vitest'
import { addressAt, indexIn, parseAddressRange } from './address-range.ts'

describe('a range of addresses', () => {
  it.each([
    ['10.0.0.0/24', '10.0.0.0/24', 256, '10.0.0.1'],
    ['10.0.0.77/24', '10.0.0.0/24', 256, '10.0.0.1'],
    ['127.128.0.0/12', '127.128.0.0/12', 2 ** 20, '127.128.0.1'],
    ['192.168.255.252/30', '192.168.255.252/30', 4, '192.168.255.253'],
    ['240.0.0.0/12', '240.0.0.0/12', 2 ** 20, '240.0.0.1'],
  ])('%s', (given, text, count, first) => {
    const range = parseAddressRange(given)
    expect(range).toMatchObject({ text, count })
    expect(addressAt(range, 1)).toBe(first)
    expect(indexIn(range, first)).toBe(1)
  })

  it.each([
    ['10.0.0.0/11', /mask must be >= 12/],
    ['10.0.0.0/31', /mask must be <= 30/],
    ['10.0.0.256/24', /must be an IPv4 range/],
    ['10.0.0/24', /must be an IPv4 range/],
    ['10.0.0.0', /must be an IPv4 range/],
    ['fd00::/108', /must be an IPv4 range/],
  ])('refuses %s', (given, why) => expect(() => parseAddressRange(given)).toThrow(why))

  it.each(['10.0.0.0', '10.0.0.255', '10.0.1.1', '9.255.255.255', 'x', '10.0.0.1.2'])(
    '%s is not given',
    address => expect(indexIn(parseAddressRange('10.0.0.0/24'), address)).toBeUndefined(),
  )
})
