import { describe, expect, it } from 'vitest'
import { isKnownFormat, matchesFormat } from './formats.ts'

const label63 = 'a'.repeat(63)

describe('formats of strings', () => {
  it.each([
    [
      'date-time',
      ['2014-12-15T19:30:20.000Z', '2014-12-15t19:30:20+01:00'],
      ['noon', '2014-02-30T00:00:00Z', ''],
    ],
    ['date', ['2024-02-29'], ['2023-02-29', '2023-2-1']],
    ['duration', ['22 ns', '1.5h', '-3m', '2 weeks', '0'], ['', '5', 'hour']],
    ['byte', ['YQ==', 'YWJj'], ['', 'YQ', '...']],
    ['hostname', ['localhost', 'a-b.example.com', '10.example.org'], ['-a', `${label63}a`, 'a_b', 'a..b']],
    ['ipv4', ['10.0.0.1'], ['10.0.0', '::1']],
    ['ipv6', ['::1', '::ffff:1.2.3.4'], ['10.0.0.1', 'fe80::1%eth0']],
    ['cidr', ['10.0.0.0/8', '::/0'], ['10.0.0.0/33', '10.0.0.0', 'host/8']],
    [
      'mac',
      ['01:23:45:67:89:ab', '01-23-45-67-89-ab', '0123.4567.89ab'],
      ['01:23-45:67:89:ab', '01:23:45:67:89'],
    ],
    ['uri', ['https://example.com/a?b=c', '/path', 'urn:a'], ['example.com', '']],
    ['email', ['a@example.com', 'A <a@example.com>'], ['a', 'a@', 'a b@c']],
    ['uuid4', ['a6c4a6b5-1e0f-4e53-9b5b-0e8a8b3d2d11'], ['a6c4a6b5-1e0f-1e53-9b5b-0e8a8b3d2d11']],
    ['isbn', ['0321751043', '978-0321751041'], ['0321751044', '978-0321751042']],
    ['creditcard', ['4111-1111-1111-1111'], ['4111-1111-1111-1112', '1234']],
    ['rgbcolor', ['rgb(255, 0,1)'], ['rgb(256,0,0)', 'rgb(1,2)', 'rgb(1,2,3,)']],
    ['hexcolor', ['#FFFFFF', 'abc'], ['#12', 'red']],
    ['ssn', ['111-22-3333'], ['111-22-333', '111223333']],
    ['k8s-short-name', ['a-1', label63], ['A', 'a.b', `${label63}a`]],
    ['k8s-long-name', ['a.b-c'], ['a..b', 'a_b']],
    ['bsonobjectid', ['507f1f77bcf86cd799439011'], ['507f']],
    ['int-or-string', ['anything'], []],
  ])('%s', (format, right, wrong) => {
    expect(right.filter(text => !matchesFormat(format, text))).toEqual([])
    expect(wrong.filter(text => matchesFormat(format, text))).toEqual([])
  })

  it.each([
    ['string', 'datetime', true],
    ['string', 'int32', false],
    ['integer', 'int32', true],
    ['number', 'int32', false],
    [undefined, 'ipv4', true],
    ['boolean', 'date', false],
  ])('of a %s, %s is known: %s', (type, format, expected) =>
    expect(isKnownFormat(type, format)).toBe(expected),
  )
})
