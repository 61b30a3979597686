import type { Random } from './random.ts'

const keys = [
  'a',
  'b',
  'c',
  'd',
  '',
  '.',
  'x/y',
  '~',
  '__proto__',
  'constructor',
  'é',
  '$patch',
  'spec',
  'name',
]
const texts = [
  '',
  'a',
  'b',
  'web',
  '\u0000',
  '\\',
  '"',
  'é',
  '😀',
  '\ud800',
  'true',
  '0',
  'x'.repeat(70),
  '-',
  '/',
]
const numbers = [0, 1, -1, 2, 1.5, -0, 1e21, 2 ** 53, 2 ** 31, 1e-7, 0.1 + 0.2]

/** A JSON value of any shape. */
export function jsonValue(random: Random, depth = 4): unknown {
  const choice = random.below(depth > 0 ? 8 : 5)
  switch (choice) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return random.pick(numbers)
    case 3:
    case 4:
      return random.pick(texts)
    case 5:
      return random.list(4, () => jsonValue(random, depth - 1))
    default:
      return jsonObject(random, depth)
  }
}

/** A JSON object; `__proto__` may be one of its own keys. */
export const jsonObject = (random: Random, depth = 4): Record<string, unknown> =>
  Object.fromEntries(random.list(4, () => [random.pick(keys), jsonValue(random, depth - 1)]))

/** The text with a few of its characters dropped, doubled or replaced. */
export function mutated(random: Random, text: string, alphabet: readonly string[]): string {
  let result = text
  for (let edits = random.below(4); edits > 0; edits--) {
    const at = random.below(result.length + 1)
    const to = at + random.below(3)
    const insert = random.chance(0.6) ? random.pick(alphabet) : result.slice(at, at + random.below(8))
    result = result.slice(0, at) + insert + result.slice(to)
  }
  return result
}
