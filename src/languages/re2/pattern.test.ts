import { expect, it } from 'vitest'
import { compile } from './pattern.ts'

const cases: [string, string, boolean][] = [
  ['', 'anything', true],
  ['b', 'abc', true],
  ['^b', 'abc', false],
  ['c$', 'abc', true],
  ['^a.c$', 'abc', true],
  ['a.c', 'a\nc', false],
  ['(?s)a.c', 'a\nc', true],
  ['^b$', 'a\nb', false],
  ['(?m)^b$', 'a\nb', true],
  ['(?i)HELLO', 'say hello', true],
  ['(?i:A)b', 'aB', false],
  ['(?i)[^a]', 'A', false],
  ['a|b|', '', true],
  ['^(ab|cd)+$', 'abcdab', true],
  ['^(ab|cd)+$', 'abc', false],
  ['^a{2,3}$', 'aaa', true],
  ['^a{2,3}$', 'aaaa', false],
  ['^a{2}$', 'aa', true],
  ['^a{2,}$', 'aaaaa', true],
  ['a{,2}', 'a{,2}', true],
  ['^a*?b+?c??$', 'aabb', true],
  ['^[a-c]+$', 'abcabc', true],
  ['^[^a-c]+$', 'xyz', true],
  ['^[]a-]+$', ']-a', true],
  ['^[\\d.]+$', '1.25', true],
  ['^[\\W]$', '-', true],
  ['^[[:alpha:]]+$', 'abc', true],
  ['^[[:^digit:]]$', '5', false],
  ['\\bword\\b', 'a word here', true],
  ['\\Bord', 'word', true],
  ['^\\d+\\.\\d+$', '1.2', true],
  ['^\\x41\\x{e9}$', 'Aé', true],
  ['^\\Qa.b\\E$', 'a.b', true],
  ['^(?P<name>x)(?:y)$', 'xy', true],
  ['^.$', '🎉', true],
  ['^(a*)*$', 'aaaa', true],
]
it.each(cases)('%j on %j is %s', (pattern, text, expected) => {
  expect(compile(pattern).test(text)).toBe(expected)
})

it.each([
  '(',
  ')',
  'a**',
  '*a',
  '[z-a]',
  '[a',
  '\\1',
  '(?=x)',
  '(?!x)',
  'a{1001}',
  'a{2,1}',
  '\\',
  '\\y',
  '[[:nope:]]',
])('%j is refused', pattern => {
  expect(() => compile(pattern)).toThrow('error parsing regexp')
})
