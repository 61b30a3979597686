import { EvaluationError, SyntaxIssue } from '../../src/languages/cel/cel-error.ts'
import { createEnvironment } from '../../src/languages/cel/environment.ts'
import { fromJson } from '../../src/languages/cel/json-value.ts'
import { parse } from '../../src/languages/cel/parser.ts'
import { compile } from '../../src/languages/cel/program.ts'
import { dynType } from '../../src/languages/cel/type.ts'
import { answered, type Fuzz, property } from './property.ts'
import { jsonObject, mutated } from './values.ts'

const words = [
  ...'()[]{}.,?:!-+*/%<>&|="\'',
  ...[
    'self',
    'oldSelf',
    'x',
    'true',
    'null',
    '1',
    '2u',
    '1.5e300',
    '0x7f',
    '9223372036854775807',
    '"a"',
    "r'\\d'",
    'b"z"',
  ],
  ...[
    'in',
    '&&',
    '||',
    '==',
    '!=',
    '<=',
    '.size()',
    '.all(x, x)',
    '.map(x, x)',
    '.exists_one(x, x > 1)',
    'has(self.a)',
  ],
  ...[
    'int(',
    'string(',
    'duration("1s")',
    'timestamp(',
    'quantity("1")',
    'ip(',
    'optional.of(',
    '.?a',
    '[?0]',
    '.matches(',
  ],
  ...[
    'self.a',
    '.split(",")',
    '.join()',
    '.find("(")',
    '.format([1])',
    '"%d"',
    'cidr(',
    'semver(',
    '\\u12',
    "'''",
    '//',
  ],
]
const seeds = [
  'self.a > 1 && self.b.all(x, x < 2)',
  'has(self.a) ? self.a : [1, 2].map(x, x * 2)',
  'self.name.matches("^[a-z]+$") || oldSelf.size() == 0',
  '{"a": 1}.a + int("2") - size([1, 2]) / 0',
  'timestamp("2026-01-01T00:00:00Z") + duration("1h") > now',
]
const environment = createEnvironment({ self: dynType, oldSelf: dynType })

export const celFuzz: Fuzz = {
  properties: [
    property<string>({
      name: 'an expression parses or is refused with its place',
      generate: random => random.list(14, () => random.pick(words)).join(random.pick(['', ' '])),
      check(text) {
        answered(() => parse(text), SyntaxIssue)
      },
    }),
    property<[string, unknown]>({
      name: 'what compiles evaluates to a value or an error, within its cost',
      generate: random => [
        mutated(
          random,
          random.chance(0.7) ? random.pick(seeds) : random.list(5, () => random.pick(words)).join(''),
          words,
        ),
        jsonObject(random, 3),
      ],
      check([text, self]) {
        const { program } = compile(text, environment)
        const value = program && answered(() => fromJson(self, dynType), EvaluationError)
        program?.evaluate({ self: value, oldSelf: value }, { costLimit: 100_000 })
      },
    }),
  ],
}
