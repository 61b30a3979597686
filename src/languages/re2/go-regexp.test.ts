import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Alphabet } from './alphabet.ts'
import { CaptureMachine } from './capture.ts'
import type { Match } from './expand.ts'
import { LazyAutomaton } from './lazy-automaton.ts'
import { parsePattern } from './parser.ts'
import { compile } from './pattern.ts'
import { assemble } from './program.ts'

type Places = number[] | null
/** What Go's regexp says: [text, places of the first match, of `^(?:pattern)$`, all matches replaced by the template]. */
type Row =
  | { pattern: string; error: string }
  | { pattern: string; template: string; texts: [string, Places, Places, string][] }

// Our patterns and texts; the answers are those of package regexp of Go 1.26. Places are in UTF-16 units.
const rows: Row[] = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/go-regexp.json'), 'utf8'))

const groupsOf = (text: string, places: Places) =>
  places &&
  Array.from({ length: places.length / 2 }, (_, group) =>
    (places[2 * group] ?? -1) < 0 ? undefined : text.slice(places[2 * group], places[2 * group + 1]),
  )
const described = (match: Match | undefined) => match && { start: match.start, groups: match.groups }
const expected = (text: string, places: Places) =>
  places ? { start: places[0], groups: groupsOf(text, places) } : undefined

it.each(rows)('$pattern', row => {
  if ('error' in row) {
    expect(() => compile(row.pattern)).toThrow(expect.objectContaining({ message: row.error }))
    return
  }
  const pattern = compile(row.pattern)
  const flags = { i: false, m: false, s: false, U: false }
  const program = assemble(parsePattern(row.pattern, flags))
  const alphabet = new Alphabet(program)
  const anywhere = new LazyAutomaton(program, alphabet, false)
  const entire = new LazyAutomaton(program, alphabet, true)
  const machine = new CaptureMachine(program)
  for (const [text, first, whole, replaced] of row.texts) {
    // By whatever suits the pattern.
    expect({ text, test: pattern.test(text), full: pattern.fullMatch(text) }).toEqual({
      text,
      test: first !== null,
      full: whole !== null,
    })
    expect({ text, ...described(pattern.find(text)) }).toEqual({ text, ...expected(text, first) })
    expect({ text, ...described(pattern.findFull(text)) }).toEqual({ text, ...expected(text, whole) })
    expect(pattern.replaceAll(text, row.template)).toBe(replaced)
    if (pattern.literals) expect(pattern.literals.includes(text)).toBe(whole !== null)
    // By the engines that take any pattern.
    expect([text, anywhere.test(text), entire.test(text)]).toEqual([text, first !== null, whole !== null])
    const places = (isWhole: boolean) => machine.find(text, { from: 0, whole: isWhole })
    expect([text, Array.from(places(false) ?? [])]).toEqual([text, first ?? []])
    expect([text, Array.from(places(true) ?? [])]).toEqual([text, whole ?? []])
  }
})
