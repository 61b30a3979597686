import { equalJson } from '../../src/kube/copy.ts'
import {
  compileFieldSelector,
  type FieldRequirement,
  parseFieldSelector,
} from '../../src/kube/field-selectors.ts'
import {
  labelSelectorToString,
  matchesLabelSelector,
  parseLabelSelector,
  parseRequirements,
  type Requirement,
  SelectorError,
} from '../../src/kube/selectors.ts'
import { answered, type Fuzz, holds, property } from './property.ts'
import type { Random } from './random.ts'

const words = [
  'app',
  'in',
  'notin',
  'exists',
  'a',
  'b',
  '1',
  '-1',
  'x.y/z',
  'é',
  'a_b',
  '0x',
  'x'.repeat(64),
  '/',
]
const signs = ['=', '==', '!=', '!', ',', '(', ')', '<', '>', ' ', '\t', '\\', '\n', '\u0000']
const soup = (random: Random): string =>
  random.list(12, () => random.pick(random.chance(0.5) ? words : signs)).join('')

const names = ['app', 'tier', 'example.org/part', 'in', 'notin']
const values = ['', 'a', 'b', 'in', '1', 'A.b-c_d']
type Selector = { matchLabels: Record<string, string>; matchExpressions: Expression[] }
interface Expression {
  key: string
  operator: string
  values?: string[]
}

function selector(random: Random): Selector {
  const expression = (): Expression => {
    const key = random.pick(names)
    const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'])
    if (operator === 'Exists' || operator === 'DoesNotExist') return { key, operator }
    return { key, operator, values: [random.pick(values), ...random.list(3, () => random.pick(values))] }
  }
  return {
    matchLabels: Object.fromEntries(random.list(2, () => [random.pick(names), random.pick(values)])),
    matchExpressions: random.list(3, expression),
  }
}
const labels = (random: Random): Record<string, string> =>
  Object.fromEntries(random.list(4, () => [random.pick(names), random.pick(values)]))

/** Order says nothing among requirements. */
const sorted = (requirements: readonly Requirement[]): string[] =>
  requirements.map(requirement => JSON.stringify(requirement)).sort()

const escaped = (value: string): string => value.replace(/[\\,=]/g, '\\$&')
const fieldText = (requirements: readonly FieldRequirement[]): string =>
  requirements.map(({ field, operator, value }) => `${field}${operator}${escaped(value)}`).join(',')

export const selectorsFuzz: Fuzz = {
  properties: [
    property<string>({
      name: 'a label selector parses or is refused, and what parses survives being written',
      generate: soup,
      check(text) {
        const parsed = answered(() => parseRequirements(text), SelectorError)
        if (!parsed) return
        answered(() => parseLabelSelector(text), SelectorError)?.({ app: 'a' })
        const written = parsed.filter(({ operator }) => operator !== 'Gt' && operator !== 'Lt')
        const again = parseRequirements(
          labelSelectorToString({
            matchExpressions: written.map(({ key, operator, values }) => ({
              key,
              operator,
              values: [...values],
            })),
          }),
        )
        holds(equalJson(sorted(again), sorted(written)), `became ${JSON.stringify(again)}`)
      },
    }),
    property<[Selector, Record<string, string>]>({
      name: 'a LabelSelector and its text choose the same',
      generate: random => [selector(random), labels(random)],
      check([object, chosen]) {
        const text = labelSelectorToString(object)
        holds(
          parseLabelSelector(text)(chosen) === matchesLabelSelector(object, chosen),
          `${text} differs from its object`,
        )
      },
    }),
    property<string>({
      name: 'a field selector parses or is refused, and what parses survives being written',
      generate: soup,
      check(text) {
        const parsed = answered(() => parseFieldSelector(text), SelectorError)
        answered(() => compileFieldSelector({ group: '', kind: 'Pod' }, text), SelectorError)?.({})
        if (!parsed) return
        holds(equalJson(parseFieldSelector(fieldText(parsed)), parsed), `became ${fieldText(parsed)}`)
      },
    }),
  ],
}
