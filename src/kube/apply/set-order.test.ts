import { describe, expect, it } from 'vitest'
import type { FieldSet } from './field-set.ts'
import { inOrder } from './set-order.ts'

describe('the order of a set', () => {
  const rows: [string, FieldSet, string][] = [
    ['names', { 'f:b': {}, 'f:a': {}, '.': {} }, '{".":{},"f:a":{},"f:b":{}}'],
    [
      'numbers in keys',
      { 'k:{"port":443,"protocol":"TCP"}': {}, 'k:{"port":80,"protocol":"UDP"}': {} },
      '{"k:{\\"port\\":80,\\"protocol\\":\\"UDP\\"}":{},"k:{\\"port\\":443,\\"protocol\\":\\"TCP\\"}":{}}',
    ],
    [
      'texts in keys',
      { 'k:{"port":80,"protocol":"UDP"}': {}, 'k:{"port":80,"protocol":"TCP"}': {} },
      '{"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{},"k:{\\"port\\":80,\\"protocol\\":\\"UDP\\"}":{}}',
    ],
    ['values', { 'v:10': {}, 'v:9': {}, 'v:"a"': {} }, '{"v:9":{},"v:10":{},"v:\\"a\\"":{}}'],
    ['kinds of elements', { 'v:1': {}, 'f:a': {} }, '{"f:a":{},"v:1":{}}'],
    ['all depths', { 'f:a': { 'f:c': {}, 'f:b': {} } }, '{"f:a":{"f:b":{},"f:c":{}}}'],
  ]
  it.each(rows)('%s', (_, set, text) => {
    expect(JSON.stringify(inOrder(set))).toBe(text)
  })

  it('keeps what is in order as it is', () => {
    const set = { 'f:a': { 'f:b': {} }, 'f:c': {} }
    expect(inOrder(set)).toBe(set)
  })
})
