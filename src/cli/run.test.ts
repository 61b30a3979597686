import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Command } from '../kernel/command.ts'
import { run } from './run.ts'

let said: string
beforeEach(() => {
  said = ''
  const keep = (chunk: unknown) => {
    said += String(chunk)
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(keep)
  vi.spyOn(process.stderr, 'write').mockImplementation(keep)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const command = (path: string, usage?: string): Command => ({
  path: path.split(' '),
  summary: `Does ${path}`,
  ...(usage === undefined ? {} : { usage }),
  examples: [`drave ${path}`],
  run: async context => context.print(`ran with ${context.args.join(', ')}`),
})
const commands = [
  command('status'),
  command('pr list'),
  command('pr diff', '[REPOSITORY] PULL-REQUEST'),
  command('up', '[PATH…]'),
]
const drave = (line: string) => run(line.split(' '), commands, new AbortController().signal)

describe('a command line', () => {
  it.each([
    ['pr diff meetups 3', 'ran with meetups, 3'],
    ['up a b c', 'ran with a, b, c'],
    ['pr --help', 'pr list  Does pr list'],
    ['help pr', 'pr diff  Does pr diff'],
    ['help pr diff', 'Usage: drave pr diff [REPOSITORY] PULL-REQUEST'],
  ])('%s is understood', async (line, expected) => {
    expect(await drave(line)).toBe(0)
    expect(said).toContain(expected)
  })

  it.each([
    ['status meetups', '`drave status` does not know what to do with "meetups"'],
    ['pr diff meetups 3 x', 'usage: drave pr diff [REPOSITORY] PULL-REQUEST'],
    ['pr lst', 'did you mean `drave pr list`?'],
    ['pr', '`drave pr` needs a verb'],
    ['help nothing', 'unknown verb "nothing"'],
  ])('%s is refused with 64 and the way out', async (line, expected) => {
    expect(await drave(line)).toBe(64)
    expect(said).toContain(expected)
    expect(said).toContain('hint: ')
  })

  it('help on a noun lists its verbs only', async () => {
    await drave('help pr')
    expect(said).not.toContain('status')
  })
})
