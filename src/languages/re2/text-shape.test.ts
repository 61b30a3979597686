import { expect, it } from 'vitest'
import { parsePattern } from './parser.ts'
import { literalsOf, shapeTest } from './text-shape.ts'

const parse = (source: string) => parsePattern(source, { i: false, m: false, s: false, U: false }).root

it.each<[string, 'whole' | 'part', string[], string[]]>([
  ['foo.*', 'whole', ['foo', 'foobar'], ['xfoo', 'foo\n']],
  ['foo.+', 'whole', ['foobar'], ['foo', 'foo\n']],
  ['.+foo', 'whole', ['xfoo'], ['foo', 'xfoox']],
  ['a.+b', 'whole', ['axb', 'abb'], ['ab', 'a\nb']],
  ['a.+b.*c', 'whole', ['axbc', 'abbc'], ['abc', 'axb']],
  ['aba.*aba', 'whole', ['abaaba', 'abaxaba'], ['aba', 'ababa']],
  ['(?s).*foo.*', 'whole', ['foo', '\nfoo\n'], ['fo']],
  ['(?s).+', 'whole', ['a', '\n'], ['']],
  ['foo', 'part', ['foo', 'xfoox', '\nfoo'], ['fo']],
  ['^foo', 'part', ['foox'], ['xfoo']],
  ['foo$', 'part', ['xfoo'], ['foox', 'foo\n']],
  ['^$', 'part', [''], ['a']],
])('%s (%s)', (source, extent, matching, others) => {
  const test = shapeTest(parse(source), extent === 'whole')
  expect(matching.filter(text => !test?.(text))).toEqual([])
  expect(others.filter(text => test?.(text) !== false)).toEqual([])
})

it.each(['[ab].*', '.*.+', '(a)', 'a|b', 'a{2}', '\\bfoo', 'a.*(?s).*', '\n.*'])(
  '%s has no shape',
  source => {
    expect(shapeTest(parse(source), true)).toBeUndefined()
  },
)

it.each<[string, string[] | undefined]>([
  ['a|bc|', ['a', 'bc', '']],
  ['v[12](x|y)?', ['v1x', 'v1y', 'v1', 'v2x', 'v2y', 'v2']],
  ['^(a|b)$', ['a', 'b']],
  ['(?i)no', ['NO', 'No', 'nO', 'no']],
  ['a*', undefined],
  ['[a-z]', undefined],
  ['[a-j][a-j][a-j]', undefined],
  ['a^b', undefined],
])('the only texts of %s are %j', (source, texts) => {
  expect(literalsOf(parse(source))).toEqual(texts)
})
