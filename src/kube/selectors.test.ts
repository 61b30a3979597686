import { describe, expect, it } from 'vitest'
import { compileFieldSelector, fieldsFor, parseFieldSelector } from './field-selectors.ts'
import { labelSelectorToString, matchesLabelSelector, parseLabelSelector } from './selectors.ts'

describe('parseLabelSelector', () => {
  const labels = { app: 'web', tier: 'front', n: '5', empty: '' }
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web,tier=front', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (api, web)', true],
    ['app notin (api,web)', false],
    ['missing notin (a)', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['n>4,n<6', true],
    ['n > 5', false],
    ['empty=', true],
    ['empty in (,x)', true],
    ['example.com/app=x', false],
    ['in in (in)', false],
    ['constructor', false],
    ['!toString', true],
  ])('%j → %s', (text, expected) => expect(parseLabelSelector(text)(labels)).toBe(expected))
  it.each([
    ['app=web,', "found '', expected: identifier after ','"],
    ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
    ['app in web', "unable to parse requirement: found 'web', expected: '('"],
    ['app=a=b', "found '=', expected: ',' or 'end of string'"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a,,b', "found ',', expected: identifier after ','"],
    ['a/b/c=d', 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must'],
    ['n>x', 'unable to parse requirement: values[0]: Invalid value: "x"'],
  ])('%j is refused', (text, message) => expect(() => parseLabelSelector(text)).toThrow(message))
})

describe('LabelSelector objects', () => {
  const selector = {
    matchLabels: { b: '1', a: 'x' },
    matchExpressions: [
      { key: 'c', operator: 'In', values: ['z', 'y'] },
      { key: 'd', operator: 'DoesNotExist' },
    ],
  }
  it('match labels', () => {
    expect(matchesLabelSelector(selector, { a: 'x', b: '1', c: 'y' })).toBe(true)
    expect(matchesLabelSelector(selector, { a: 'x', b: '1', c: 'y', d: '' })).toBe(false)
    expect(matchesLabelSelector({}, undefined)).toBe(true)
    expect(matchesLabelSelector(undefined, {})).toBe(false)
  })
  it('become text', () => expect(labelSelectorToString(selector)).toBe('a=x,b=1,c in (y,z),!d'))
})

describe('field selectors', () => {
  it('parse with escapes', () =>
    expect(parseFieldSelector('a.b=c\\,d,e!=f,g==')).toEqual([
      { field: 'a.b', operator: '=', value: 'c,d' },
      { field: 'e', operator: '!=', value: 'f' },
      { field: 'g', operator: '=', value: '' },
    ]))
  it('refuse what has no operator', () =>
    expect(() => parseFieldSelector('a')).toThrow("invalid selector: 'a'; can't understand 'a'"))
  it('read the fields of a kind', () => {
    const pod = {
      metadata: { name: 'p', namespace: 'n' },
      spec: { nodeName: 'x' },
      status: { phase: 'Running' },
    }
    expect(fieldsFor({ group: '', kind: 'Pod' }, pod)).toMatchObject({
      'metadata.name': 'p',
      'spec.nodeName': 'x',
      'spec.hostNetwork': 'false',
      'status.phase': 'Running',
      'status.podIP': '',
    })
    expect(
      compileFieldSelector({ group: '', kind: 'Pod' }, 'status.phase!=Failed,spec.nodeName=x')(pod),
    ).toBe(true)
    // kubectl describe node asks for these.
    const slices = compileFieldSelector(
      { group: 'resource.k8s.io', kind: 'ResourceSlice' },
      'spec.nodeName=n',
    )
    expect([{ spec: { nodeName: 'n' } }, { spec: { allNodes: true } }].map(slices)).toEqual([true, false])
    expect(() => compileFieldSelector({ group: '', kind: 'Pod' }, 'spec.foo=1')).toThrow(
      'field label not supported: spec.foo',
    )
    expect(
      compileFieldSelector({ group: 'a', kind: 'B' }, 'spec.color=red', ['.spec.color'])({
        spec: { color: 'red' },
      }),
    ).toBe(true)
  })
})
