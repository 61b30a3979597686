import { decodeBody } from '../../src/apiserver/http/decode-body.ts'
import { equalJson } from '../../src/kube/copy.ts'
import { ApiError } from '../../src/kube/status.ts'
import { JsonSyntaxError, parseStrictJson } from '../../src/kube/strict-json.ts'
import { answered, type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'
import { jsonValue, mutated } from './values.ts'

const alphabet = [
  ...'{}[],:"\\/ \n\t\r0123456789.-+eEtfnu',
  'null',
  'true',
  'false',
  '\\u00e9',
  '\\uD800',
  '\u0000',
  '\ufeff',
  '\u2028',
  '1e400',
  '-0',
  '01',
  '{"a":1,"a":2}',
  '*a ',
  '&a ',
  '<<: *a',
  '\n- ',
  ': ',
]

/** A value whose objects are lists of pairs, so that keys may occur twice. */
type Doubled = { pairs: [string, Doubled][] } | { items: Doubled[] } | { leaf: unknown }

function doubled(random: Random, depth = 4): Doubled {
  const choice = depth === 0 ? 2 : random.below(3)
  if (choice === 0)
    return {
      pairs: random.list(4, () => [random.pick(['a', 'b', 'é', '__proto__']), doubled(random, depth - 1)]),
    }
  if (choice === 1) return { items: random.list(3, () => doubled(random, depth - 1)) }
  return { leaf: random.pick([1, 'x', null, true]) }
}

function textOf(value: Doubled): string {
  if ('pairs' in value)
    return `{${value.pairs.map(([key, child]) => `${JSON.stringify(key)}:${textOf(child)}`).join(',')}}`
  if ('items' in value) return `[${value.items.map(textOf).join(',')}]`
  return JSON.stringify(value.leaf ?? null)
}

function repeated(value: Doubled, path = ''): string[] {
  if ('items' in value) return value.items.flatMap((item, index) => repeated(item, `${path}[${index}]`))
  if (!('pairs' in value)) return []
  const seen = new Set<string>()
  return value.pairs.flatMap(([key, child]) => {
    const place = path === '' ? key : `${path}.${key}`
    const again = seen.has(key) ? [place] : []
    seen.add(key)
    return [...again, ...repeated(child, place)]
  })
}

/** Whether a number of valid JSON is beyond a double. */
function hasHugeNumber(text: string): boolean {
  const outsideOfStrings = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const numbers = outsideOfStrings.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? []
  return numbers.some(number => !Number.isFinite(Number(number)))
}

export const jsonFuzz: Fuzz = {
  properties: [
    property<string>({
      name: 'the strict parser and JSON.parse agree',
      generate: random =>
        mutated(random, JSON.stringify(jsonValue(random), undefined, random.pick([0, 2])) ?? '', alphabet),
      check(text) {
        const parsed = answered(() => ({ value: JSON.parse(text) as unknown }), SyntaxError)
        // JSON.parse makes Infinity of them, which JSON cannot hold.
        const expected = parsed && hasHugeNumber(text) ? undefined : parsed
        const strict = answered(() => parseStrictJson(text), JsonSyntaxError)
        holds(
          (strict === undefined) === (expected === undefined),
          `strict ${strict ? 'accepts' : 'refuses'} what JSON.parse does not`,
        )
        if (strict && expected) holds(equalJson(strict.value, expected.value), 'the values differ')
      },
    }),
    property<Doubled>({
      name: 'every key that stands twice is reported',
      generate: random => doubled(random),
      check(value) {
        const { duplicates } = parseStrictJson(textOf(value))
        const expected = repeated(value)
        holds(
          JSON.stringify(duplicates) === JSON.stringify(expected.slice(0, 100)),
          `reported ${duplicates}, not ${expected}`,
        )
      },
    }),
    property<number>({
      name: 'nesting has a limit',
      generate: random => random.below(20_000),
      check(depth) {
        const [open, close] = depth % 2 === 0 ? ['[', ']'] : ['{"a":', '}']
        const text = `${open.repeat(depth)}1${close.repeat(depth)}`
        const accepted = answered(() => parseStrictJson(text), JsonSyntaxError) !== undefined
        holds(accepted === depth <= 512, `depth ${depth} is ${accepted ? 'accepted' : 'refused'}`)
      },
    }),
    property<[string, string]>({
      name: 'a body of any bytes is decoded or refused',
      generate: random => {
        const text = JSON.stringify(jsonValue(random)) ?? ''
        const bytes = Buffer.from(mutated(random, text, alphabet))
        for (let edits = random.below(3); edits > 0 && bytes.length > 0; edits--)
          bytes[random.below(bytes.length)] = random.below(256)
        const types = ['application/json', 'application/yaml', 'application/apply-patch+yaml', '']
        return [bytes.toString('latin1'), random.pick(types)]
      },
      async check([bytes, type]) {
        try {
          await decodeBody(Buffer.from(bytes, 'latin1'), type, { fieldValidation: 'Strict' })
        } catch (error) {
          if (!(error instanceof ApiError)) throw error
          holds(error.code < 500, `it is the server's fault: ${error.message}`)
        }
      },
    }),
  ],
}
