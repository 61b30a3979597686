import { describe, expect, it } from 'vitest'
import { rolloutFixture } from '../testing/fixtures.ts'
import type { AnalysisTemplateSpec } from '../kinds/generated/analysis-template.ts'
import { mergeArguments, resolveArguments, substitute } from './arguments.ts'
import { collectTemplates, composeRun } from './compose.ts'

const source = { rollout: rolloutFixture({}), latestHash: 'new', stableHash: 'old' }

it('gives arguments of a Rollout their values', () => {
  source.rollout.metadata.labels = { 'app.example/region': 'qc' }
  const args = [
    { name: 'plain', value: 'x' },
    { name: 'latest', valueFrom: { podTemplateHashValue: 'Latest' } },
    { name: 'stable', valueFrom: { podTemplateHashValue: 'Stable' } },
    { name: 'region', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app.example/region']" } } },
    { name: 'image', valueFrom: { fieldRef: { fieldPath: 'spec.template.spec.containers[0].image' } } },
  ]
  expect(resolveArguments(args, source).map(({ value }) => value)).toEqual(['x', 'new', 'old', 'qc', 'web:1'])
  expect(() =>
    resolveArguments([{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'status.nothing' } } }], source),
  ).toThrow('argument "a": the Rollout has no value at status.nothing')
})

describe('mergeArguments', () => {
  it('prefers given values, takes defaults, and leaves out what is not declared', () => {
    const declared = [{ name: 'a' }, { name: 'b', value: 'default' }]
    expect(
      mergeArguments(
        [
          { name: 'a', value: '1' },
          { name: 'z', value: '2' },
        ],
        declared,
      ),
    ).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: 'default' },
    ])
    expect(() => mergeArguments([], declared)).toThrow('args.a was not resolved')
  })
})

it('substitutes in every string', () => {
  const values = new Map([
    ['service', 'web'],
    ['count', '3'],
  ])
  const metric = {
    query: 'rate(x{service="{{args.service}}"}[1m])',
    count: '{{ args.count }}',
    list: [{ key: '{{args.service}}' }],
    number: 1,
  }
  expect(substitute(metric, values)).toEqual({
    query: 'rate(x{service="web"}[1m])',
    count: '3',
    list: [{ key: 'web' }],
    number: 1,
  })
  expect(() => substitute('{{args.nope}}', values)).toThrow('failed to resolve {{args.nope}}')
  expect(() => substitute('{{inputs.x}}', values)).toThrow('failed to resolve {{inputs.x}}')
})

describe('templates', () => {
  const metric = (name: string) => ({ name, provider: {} })
  const known: Record<string, AnalysisTemplateSpec> = {
    a: { metrics: [metric('a')], args: [{ name: 'x' }], templates: [{ templateName: 'b' }] },
    b: { metrics: [metric('b')], args: [{ name: 'x', value: '1' }], templates: [{ templateName: 'a' }] },
    same: { metrics: [metric('a')] },
    clash: { metrics: [metric('c')], args: [{ name: 'x', value: '2' }] },
  }
  const find = ({ name }: { name: string }) => known[name]
  it('are composed, each once', () => {
    const templates = collectTemplates([{ templateName: 'a' }, { templateName: 'b' }], find)
    expect(composeRun(templates, { args: [] })).toEqual({
      metrics: [metric('a'), metric('b')],
      args: [{ name: 'x', value: '1' }],
    })
  })
  it.each([
    [['nope'], 'AnalysisTemplate "nope" not found'],
    [['b', 'same'], 'two metrics have the same name "a"'],
    [['b', 'clash'], 'argument "x" has different values in the templates'],
  ])('%j are refused', (names, message) => {
    expect(() =>
      composeRun(
        collectTemplates(
          names.map(templateName => ({ templateName })),
          find,
        ),
        { args: [] },
      ),
    ).toThrow(message)
  })
})
