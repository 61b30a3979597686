import { describe, expect, it } from 'vitest'
import { parseManifests } from './manifest.ts'

const one = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

describe('parseManifests', () => {
  it('reads several documents, with the line of each', () => {
    const found = parseManifests(`# first\n${one('a')}---\n---\n${one('b')}`, 'x.yaml')
    expect(found.map(({ object, line }) => [object.metadata.name, line])).toEqual([
      ['a', 2],
      ['b', 8],
    ])
  })

  it('reads YAML 1.1 as Kubernetes does: octal modes, yes and no, merge keys', () => {
    const [manifest] = parseManifests(
      `${one('a')}mode: 0644\nflag: yes\nbase: &b {x: 1}\nmerged:\n  <<: *b\n`,
      'x.yaml',
    )
    expect(manifest?.object).toMatchObject({ mode: 420, flag: true, merged: { x: 1 } })
  })

  it('refuses what is nested without end', () => {
    expect(() => parseManifests('- '.repeat(100_000), 'x.yaml')).toThrow(
      'x.yaml:1: not valid YAML: nested deeper',
    )
  })

  it('expands Lists and reads JSON', () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }],
    })
    expect(parseManifests(list, 'x.json').map(({ object }) => object.kind)).toEqual(['Secret'])
  })

  it.each([
    ['a: [1\n', 'x.yaml:2: not valid YAML'],
    [`${one('a')}---\nkind: X\nmetadata: {name: a}\n`, 'x.yaml:6: apiVersion: Required value'],
    ['apiVersion: v1\nkind: Pod\n', 'x.yaml:1: Pod: metadata: Required value'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {}\n', 'x.yaml:1: Pod: metadata.name: Required value'],
    ['- 1\n', 'x.yaml:1: the document is a list'],
    ['a: 1\na: 2\n', 'x.yaml:2: not valid YAML'],
    ['# one\na: *b\n', 'x.yaml:2: not valid YAML: Unresolved alias'],
  ])('refuses %j', (text, message) => {
    expect(() => parseManifests(text, 'x.yaml')).toThrow(message)
  })
})

describe('YAML as Kubernetes reads it', () => {
  it.each([
    ['yes', true],
    ['010', 8],
    ['1_000', 1000],
    ['2024-01-01', '2024-01-01'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['12:30', '12:30'],
    ['1:2.5', '1:2.5'],
  ])('%s is %j', (text, value) => {
    const [manifest] = parseManifests(`apiVersion: v1\nkind: X\nmetadata: {name: a}\nvalue: ${text}\n`, 'f')
    expect(manifest?.object['value']).toEqual(value)
  })
})
