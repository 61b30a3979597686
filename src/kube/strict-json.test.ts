import { describe, expect, it } from 'vitest'
import { inDocumentOrder, parseStrictJson } from './strict-json.ts'

describe('parseStrictJson', () => {
  it('parses and finds duplicate keys at any depth', () =>
    expect(parseStrictJson('{"a":1,"b":{"c":[{"d":1,"\\u0064":2}]},"a":2}')).toEqual({
      value: { a: 2, b: { c: [{ d: 2 }] } },
      duplicates: ['b.c[0].d', 'a'],
    }))
  it.each([
    ['{"a":1,}', 1, 8, 'expected a key in double quotes'],
    ['{\n  "a": tru\n}', 2, 8, 'unexpected "t"'],
    ['{"a" 1}', 1, 6, 'expected ":" after "a"'],
    ['[1 2]', 1, 4, 'expected "," or "]"'],
    ['{"a":"x', 1, 8, 'unterminated string'],
    ['{"a":"\\x"}', 1, 8, 'invalid escape in string'],
    ['{} x', 1, 4, 'unexpected text after the end of the document'],
    ['[01]', 1, 3, 'expected "," or "]"'],
  ])('%j fails at %d:%d', (text, line, column, reason) =>
    expect(() => parseStrictJson(text)).toThrow(`invalid JSON at line ${line} column ${column}: ${reason}`),
  )
  it.each(['', '{"a":', '[1'])('%j stops too early', text =>
    expect(() => parseStrictJson(text)).toThrow('unexpected end of JSON input'),
  )
  it('bounds depth', () => expect(() => parseStrictJson('['.repeat(100_000))).toThrow('nested deeper than'))
})

it('sorts problems as they stand in the text', () => {
  const text = '{"spec":{"odd":1,"replicas":2,"replicas":3,"x":[{"late":1}]}}'
  const problems = [
    'duplicate field "spec.replicas"',
    'unknown field "spec.x[0].late"',
    'unknown field "spec.odd"',
  ]
  expect(inDocumentOrder(text, problems)).toEqual([problems[2], problems[0], problems[1]])
})
