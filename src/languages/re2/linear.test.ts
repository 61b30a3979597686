import { expect, it } from 'vitest'
import { Alphabet } from './alphabet.ts'
import { effortOf, safeLength } from './backtracking.ts'
import { translate } from './javascript.ts'
import { LazyAutomaton } from './lazy-automaton.ts'
import { parsePattern } from './parser.ts'
import { compile } from './pattern.ts'
import { assemble } from './program.ts'

const LENGTH = 50_000
const flags = { i: false, m: false, s: false, U: false }

/** Halves and letters without a period, the same in every run. */
function letters(length: number): string {
  let state = 7
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return state < 2 ** 30 ? 'a' : 'b'
  }).join('')
}

it.each([
  ['(a*)*b', 'a'.repeat(LENGTH)],
  ['(a+)+$', `${'a'.repeat(LENGTH)}b`],
  ['(a|a|b)*c', 'ab'.repeat(LENGTH / 2)],
  ['(x+x+)+y', 'x'.repeat(LENGTH)],
  ['(.*)(.*)(.*)(.*)(.*)[^x]y', 'x'.repeat(LENGTH)],
  ['(.*a){20}b', 'a'.repeat(LENGTH)],
  ['\\pL+\\d', 'é'.repeat(LENGTH)],
])('%s reads each character once', (source, text) => {
  const pattern = compile(source)
  expect([pattern.test(text), pattern.fullMatch(text), pattern.find(text)]).toEqual([false, false, undefined])
  // test, fullMatch and find each read the text.
  expect(pattern.steps).toBeGreaterThan(0)
  expect(pattern.steps).toBeLessThan(3 * text.length + 20_000)
})

it.each([
  ['(a*)*', 'a'.repeat(LENGTH)],
  ['(.*)-(.*)-(.*)', 'x-'.repeat(LENGTH / 2)],
  ['((a|b)*?)*(b|$)', letters(LENGTH)],
])('the groups of %s take at most all instructions for each character', (source, text) => {
  const pattern = compile(source)
  expect(pattern.find(text)?.start).toBe(0)
  expect(pattern.steps).toBeLessThan((pattern.size + 2) * (text.length + 1))
})

it('stays linear and within its memory where nearly every character makes a new state', () => {
  const program = assemble(parsePattern('[ab]*a[ab]{200}c', flags))
  const automaton = new LazyAutomaton(program, new Alphabet(program), false)
  const steps = (text: string): number => {
    const before = automaton.steps
    expect(automaton.test(text)).toBe(false)
    return automaton.steps - before
  }
  const [short, long] = [steps(letters(5000)), steps(letters(20_000))]
  expect(automaton.resets).toBeGreaterThan(0)
  expect(long / short).toBeLessThan(4.5)
  // Once for each text: then it goes on without keeping states.
  expect(automaton.resets).toBeLessThanOrEqual(2)
  expect(automaton.test(`${letters(20_000)}a${'b'.repeat(200)}c`)).toBe(true)
})

it.each([
  ['(?:(?:ab){100}cd){10}(?:abcdefghij){1000}', 'expression too large'],
  ['(?:[a-z]{1000}|[a-z]{1000}){9}', 'invalid repeat count'],
  [`${'(a)'.repeat(500)}b{1000}`, 'expression too large'],
  ['\\pL'.repeat(500), 'expression too large'],
  [`${'('.repeat(600)}${')'.repeat(600)}`, 'expression nests too deeply'],
])('%.20s… is refused: %s', (source, reason) => {
  expect(() => compile(source)).toThrow(reason)
})

it('takes lists of names as long as they are written', () => {
  const names = Array.from({ length: 3000 }, (_, index) => `checkout-${index.toString(36)}`)
  const pattern = compile(names.join('|'))
  expect(pattern.literals).toHaveLength(3000)
  expect([pattern.fullMatch('checkout-a'), pattern.fullMatch('checkout-')]).toEqual([true, false])
})

it.each<[string, boolean, number]>([
  // Each repetition ends where what follows cannot be part of it.
  ['/api/v[0-9]+/([^/]+)/.*', true, 100_000],
  ['[a-z]+-[0-9]+', true, 100_000],
  // Twice the length: one place to end, and reading up to it.
  ['.*(?:timeout|deadline).*', true, 706],
  ['[a-z]+x', false, 99],
  ['.*a.*a.*a.*b', true, 14],
  ['(?:a|b)(?:a|b)', false, 83_332],
])('%s (whole: %s) is safe for JavaScript up to %d characters', (source, whole, length) => {
  const effort = effortOf(parsePattern(source, flags).root)
  expect(effort && safeLength(effort, whole)).toBe(length)
})

it.each(['(a*)*b', '(?:ab)*', '(a|b)+', '(a*)?b', '(?:a|b){3}', `${'(?:a|b)'.repeat(30)}`])(
  '%s is never left to JavaScript',
  source => {
    expect(translate(parsePattern(source, flags).root, true)).toBeUndefined()
  },
)
