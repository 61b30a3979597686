import { describe, expect, it } from 'vitest'
import { builtinSchema } from './builtin.ts'
import { goString, restoreMismatch } from './restore.ts'
import type { Schema } from './schema.ts'

const service = builtinSchema('', 'v1', 'Service') as Schema

describe('values that a strategic merge patch makes', () => {
  it.each([
    [{ metadata: { labels: 'x' } }, 'cannot restore map from string'],
    [{ spec: { ports: 5 } }, 'cannot restore slice from int64'],
    [{ spec: 'x' }, 'cannot restore struct from: string'],
    [{ metadata: { labels: { a: 5 } } }, 'cannot convert int64 to string'],
    [{ spec: { ports: [{ port: 'x' }] } }, undefined],
    [{ spec: { ports: [{ port: 80, targetPort: 'web' }], clusterIP: null } }, undefined],
  ])('%j', (value, problem) => {
    expect(restoreMismatch(service, value)).toBe(problem)
  })

  it('are printed as Go prints maps', () => {
    expect(goString({ b: [1, 'x', null], a: { c: true } })).toBe('map[a:map[c:true] b:[1 x <nil>]]')
  })
})
