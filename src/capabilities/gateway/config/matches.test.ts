import { expect, it } from 'vitest'
import { compileMatch } from './matches.ts'

const match = (value: string) => {
  const { path } = compileMatch({ path: { type: 'RegularExpression', value } }, 'matches[0]')
  if (path.kind !== 'pattern') throw new Error('no pattern')
  return path.pattern
}

it('matches the whole value in RE2 syntax', () => {
  expect(match('/shop/.*').test('/shop/a')).toBe(true)
  expect(match('/a|/b').test('/bc')).toBe(false)
  expect(match('(?i)/SHOP').test('/shop')).toBe(true)
  expect(match('[[:alpha:]/]+').test('/shop')).toBe(true)
})

it.each([
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['(a)\\1', 'invalid escape sequence: `\\1`'],
  ['[a', 'missing closing ]: `[a`'],
])('refuses %s', (value, reason) => {
  expect(() => match(value)).toThrow(`matches[0].path.value: error parsing regexp: ${reason}`)
})
