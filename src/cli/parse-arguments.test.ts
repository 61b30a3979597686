import { describe, expect, it } from 'vitest'
import type { FlagSpec } from '../kernel/command.ts'
import { mostArguments, nearest, parseArguments } from './parse-arguments.ts'

const specs: Record<string, FlagSpec> = {
  follow: { summary: '', short: 'f' },
  tail: { summary: '', value: 'LINES' },
  set: { summary: '', value: 'K=V', many: true },
}
const parse = (...words: string[]) => {
  const { args, flags } = parseArguments(words, specs)
  return { args, flags: Object.fromEntries(flags) }
}

describe('parseArguments', () => {
  it.each([
    [['a', '--follow', 'b'], { args: ['a', 'b'], flags: { follow: ['true'] } }],
    [['-f', '--tail', '3'], { args: [], flags: { follow: ['true'], tail: ['3'] } }],
    [['--tail=3', '--follow=false'], { args: [], flags: { tail: ['3'] } }],
    [['--set', 'a=b', '--set=c=d'], { args: [], flags: { set: ['a=b', 'c=d'] } }],
    [['--', '--follow', '-'], { args: ['--follow', '-'], flags: {} }],
    [['-'], { args: ['-'], flags: {} }],
  ])('%j', (words, expected) => {
    expect(parse(...words)).toEqual(expected)
  })

  it.each([
    [['--tial', '3'], 'unknown flag --tial'],
    [['-x'], 'unknown flag -x'],
    [['--constructor'], 'unknown flag --constructor'],
    [['--__proto__', '1'], 'unknown flag --__proto__'],
    [['--tail'], '--tail needs a value: LINES'],
    [['--follow=maybe'], '--follow takes no value'],
    [['--tail=1', '--tail=2'], '--tail may be given only once'],
  ])('refuses %j', (words, message) => {
    expect(() => parse(...words)).toThrow(message)
  })

  it.each([
    [undefined, 0],
    ['NAME [DIRECTORY]', 2],
    ['DIR -t NAME[:TAG]', 1],
    ['[PATH…]', Number.POSITIVE_INFINITY],
  ])('reads from the usage %j how many arguments there are', (usage, most) => {
    expect(mostArguments(usage)).toBe(most)
  })

  it('finds the word that was meant', () => {
    expect(nearest('tial', ['follow', 'tail'])).toBe('tail')
    expect(nearest('xyzzy', ['follow', 'tail'])).toBeUndefined()
  })
})
