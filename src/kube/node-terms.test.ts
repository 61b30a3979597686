import { describe, expect, it } from 'vitest'
import type { NodeSelectorTerm, Toleration } from './generated/core-v1.ts'
import { admitsNode } from './node-terms.ts'
import { isTolerated } from './tolerations.ts'

const node = { name: 'one', labels: { zone: 'a', cores: '8' } }

describe('admitsNode', () => {
  const expression = (key: string, operator: string, ...values: string[]): NodeSelectorTerm => ({
    matchExpressions: [{ key, operator, values }],
  })
  const table: [string, NodeSelectorTerm[], boolean][] = [
    ['In', [expression('zone', 'In', 'a', 'b')], true],
    ['NotIn', [expression('zone', 'NotIn', 'a')], false],
    ['NotIn of an absent label', [expression('rack', 'NotIn', 'a')], true],
    ['Exists', [expression('zone', 'Exists')], true],
    ['DoesNotExist', [expression('zone', 'DoesNotExist')], false],
    ['Gt', [expression('cores', 'Gt', '4')], true],
    ['Lt', [expression('cores', 'Lt', '4')], false],
    ['Gt of a word', [expression('zone', 'Gt', '4')], false],
    ['a name', [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }] }], true],
    ['another name', [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['two'] }] }], false],
    ['any of the terms', [expression('zone', 'In', 'b'), expression('zone', 'Exists')], true],
    ['an empty term', [{}], false],
  ]
  it.each(table)('%s', (_, nodeSelectorTerms, expected) => {
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }
    expect(admitsNode({ affinity: { nodeAffinity: required } }, node)).toBe(expected)
  })
  it('asks for every label of nodeSelector', () => {
    expect(admitsNode({ nodeSelector: { zone: 'a', cores: '8' } }, node)).toBe(true)
    expect(admitsNode({ nodeSelector: { zone: 'a', cores: '4' } }, node)).toBe(false)
  })
})

describe('isTolerated', () => {
  const taint = { key: 'gpu', value: '4', effect: 'NoSchedule' }
  const table: [Toleration, boolean][] = [
    [{ key: 'gpu', value: '4' }, true],
    [{ key: 'gpu', value: '8' }, false],
    [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }, true],
    [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ operator: 'Exists' }, true],
    [{}, false],
    [{ key: 'gpu', operator: 'Lt', value: '5' }, true],
    [{ key: 'gpu', operator: 'Gt', value: '5' }, false],
    [{ key: 'gpu', operator: 'Gt', value: 'x' }, false],
  ]
  it.each(table)('%j', (toleration, expected) => expect(isTolerated(taint, [toleration])).toBe(expected))
})
