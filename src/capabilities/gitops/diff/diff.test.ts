import { describe, expect, it } from 'vitest'
import { diffLines, unifiedDiff } from './line-diff.ts'
import { diffObjects, diffText, summarise } from './object-diff.ts'

describe('diffLines', () => {
  it.each([
    ['', ''],
    ['a', ''],
    ['', 'a'],
    ['abcabba', 'cbabac'],
    ['abcdef', 'abXdef'],
    ['xaxbxc', 'abc'],
    ['abcd', 'efgh'],
  ])('%s to %s gives back both', (before, after) => {
    const changes = diffLines([...before], [...after])
    const side = (without: string) =>
      changes.filter(change => change.kind !== without).map(change => change.text)
    expect(side('added').join('')).toBe(before)
    expect(side('removed').join('')).toBe(after)
  })

  it('is shortest', () => {
    expect(diffLines([...'abcabba'], [...'cbabac']).filter(change => change.kind !== 'same')).toHaveLength(5)
  })

  it('gives up on shortest for very different texts, not on being right', () => {
    const lines = (prefix: string) => Array.from({ length: 3_000 }, (_, i) => `${prefix}${i}`)
    const changes = diffLines(lines('a'), lines('b'))
    expect(changes.filter(change => change.kind === 'added')).toHaveLength(3_000)
  })

  it('writes hunks with three lines around', () => {
    const before = Array.from({ length: 20 }, (_, i) => `${i}`)
    const after = before.map(line => (line === '10' ? 'ten' : line))
    expect(unifiedDiff(before.join('\n'), after.join('\n'))).toBe(
      '@@ -8,7 +8,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n',
    )
  })
})

describe('diffObjects', () => {
  const configMap = (name: string, data: object, annotations?: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'n', ...(annotations ? { annotations } : {}) },
    data,
  })
  it('tells added, changed and removed objects apart, and what is only tracked otherwise', () => {
    const before = [configMap('a', {}), configMap('b', { x: '1' }), configMap('c', {})]
    const after = [
      configMap('b', { x: '2' }),
      configMap('c', {}, { 'argocd.argoproj.io/tracking-id': 'x' }),
      configMap('d', {}),
    ]
    const differences = diffObjects(before, after)
    expect(differences.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'removed a',
      'changed b',
      'added d',
    ])
    expect(summarise(differences)).toBe('1 added, 1 changed, 1 removed')
    expect(diffText(differences)).toContain('~ ConfigMap n/b\n@@ -1,7 +1,7 @@\n')
  })

  it('shows that a Secret differs, not how', () => {
    const secret = (value: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { same: 'c2FtZQ==', other: value },
    })
    const [difference] = diffObjects([secret('b25l')], [secret('dHdv')])
    expect(difference?.diff).toMatch(
      /- {2}other: \(hidden [0-9a-f]{8}\)\n\+ {2}other: \(hidden [0-9a-f]{8}\)/,
    )
    expect(difference?.diff).not.toMatch(/b25l|dHdv|c2FtZQ|^[-+] {2}same/m)
  })
})
