import { describe, expect, it } from 'vitest'
import { matcher } from './matcher.ts'

describe('matcher', () => {
  it.each<[string, string[], string[]]>([
    ['abc', ['abc'], ['abcd', 'xabc', 'ABC']],
    ['a|b', ['a', 'b'], ['ab']],
    ['a.c', ['abc', 'a\nc'], ['ac']],
    ['(?i)abc-[d-f]', ['ABC-D', 'abc-f'], ['abc-g']],
    ['.*((?i)DUC).*', ['production'], ['proouction']],
    ['a(?i:B)c', ['abc', 'aBc'], ['abC']],
    ['(?-s)a.c', ['abc'], ['a\nc']],
    ['\\d+\\.\\d{2,3}', ['10.25'], ['10.2', '10x25']],
    ['[[:alpha:]_]+[^[:space:]]', ['ab_1'], ['ab ']],
    ['\\Qa.b\\E+', ['a.b'], ['axb']],
    ['[^\\d]', ['a'], ['1']],
    ['[\\D]', ['a'], ['1']],
    ['[]a]', [']', 'a'], ['b']],
    ['\\x41\\x{42}\\101', ['ABA'], ['aba']],
    ['\\p{Greek}\\pL', ['αx'], ['xα']],
    ['(?P<name>x+)', ['xx'], ['']],
    ['(?m)a$\n^b', ['a\nb'], ['a b']],
    ['😀+', ['😀😀'], ['😀\ud83d']],
    ['', [''], ['a']],
    ['a{,2}', ['a{,2}'], ['aa']],
    ['{', ['{'], ['']],
  ])('%s', (source, matching, others) => {
    const [wanted, unwanted] = [matcher('x', '=~', source), matcher('x', '!~', source)]
    expect(matching.filter(text => !wanted.matches(text) || unwanted.matches(text))).toEqual([])
    expect(others.filter(text => wanted.matches(text) || !unwanted.matches(text))).toEqual([])
  })

  it.each([
    ['(', 'missing closing )'],
    [')', 'unexpected )'],
    ['[a', 'missing closing ]'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['*', 'missing argument to repetition operator: `*`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{1001}', 'invalid repeat count'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['\\1', 'invalid escape sequence: `\\1`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['a\\', 'trailing backslash'],
    ['\\p{Nothing}', 'invalid character class range'],
  ])('refuses %s as RE2 does', (source, reason) => {
    expect(() => matcher('x', '=~', source)).toThrow(reason)
  })

  it('knows lists of literals', () => {
    expect(matcher('x', '=~', 'a|b-c|').literals).toEqual(['a', 'b-c', ''])
    expect(matcher('x', '=~', '^(GET|PUT)$').literals).toEqual(['GET', 'PUT'])
    expect(matcher('x', '=~', 'a.b|c').literals).toBeUndefined()
    expect(matcher('x', '!~', 'a|b').literals).toBeUndefined()
  })
})
