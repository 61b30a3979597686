import { describe, expect, it } from 'vitest'
import { parseDuration } from './duration.ts'
import { formatPlain, formatSample, formatTimestamp, quote } from './format.ts'
import { unquote } from './string-literal.ts'

describe('formatting as Go does', () => {
  it.each<[number, string, string]>([
    [0, '0', '0'],
    [-0, '-0', '-0'],
    [1.5, '1.5', '1.5'],
    [1e21, '1000000000000000000000', '1e+21'],
    [1.25e-7, '0.000000125', '1.25e-07'],
    [-1e300, `-1${'0'.repeat(300)}`, '-1e+300'],
    [1e-6, '0.000001', '0.000001'],
    [Number.NaN, 'NaN', 'NaN'],
    [Infinity, '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf'],
  ])('%d', (value, plain, sample) => {
    expect([formatPlain(value), formatSample(value)]).toEqual([plain, sample])
  })

  it.each([
    [1435781451781, '1435781451.781'],
    [1435781451000, '1435781451'],
    [5, '0.005'],
    [-1500, '-1.500'],
  ])('the time %d', (ms, text) => expect(formatTimestamp(ms)).toBe(text))

  it.each([
    ['a"b\\c\n', '"a\\"b\\\\c\\n"'],
    [unquote('"a\\xc5z"') ?? '', '"a\\xc5z"'],
    ['é', '"é"'],
  ])('quotes %j', (text, quoted) => expect(quote(text)).toBe(quoted))

  it.each([
    ['0', 0],
    ['1y2w3d4h5m6s7ms', 365 * 864e5 + 14 * 864e5 + 3 * 864e5 + 4 * 36e5 + 5 * 6e4 + 6007],
    ['', undefined],
    ['5', undefined],
    ['1m1h', undefined],
    ['1.5m', undefined],
    ['99999999y', undefined],
  ])('the duration %j', (text, ms) => expect(parseDuration(text)).toBe(ms))
})
