import { describe, expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const problems = (kind: string, spec: object, previous?: object) =>
  validateObject(
    { group: '', version: 'v1', kind },
    { metadata: { name: 'n' }, spec },
    previous && { metadata: { name: 'n' }, spec: previous },
  ).map(fieldErrorMessage)

describe('Node and Namespace', () => {
  it('refuses taints without a known effect, and the same taint twice', () => {
    expect(problems('Node', { taints: [{ key: 'a', effect: 'Never' }] })).toEqual([
      'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ])
    const taint = { key: 'a', value: 'b', effect: 'NoSchedule' }
    expect(problems('Node', { taints: [taint] })).toEqual([])
    expect(problems('Node', { taints: [taint, taint] })).toEqual([
      'metadata.taints[1]: Duplicate value: {"key":"a","value":"b","effect":"NoSchedule"}: taints must be unique by key and effect pair',
    ])
  })

  it('keeps a provider id', () => {
    expect(problems('Node', { providerID: 'b' }, { providerID: 'a' })).toEqual([
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ])
  })

  it('knows its finalizers', () => {
    expect(problems('Namespace', { finalizers: ['kubernetes', 'example.com/x'] })).toEqual([])
    expect(problems('Namespace', { finalizers: ['x'] })).toEqual([
      'spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    ])
  })
})
