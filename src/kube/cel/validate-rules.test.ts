import { expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import type { Schema, ValidationRule } from '../schema/schema.ts'
import { compileRules } from './rules.ts'
import { validateRules } from './validate-rules.ts'

const object = (properties: Record<string, Schema>, ...rules: ValidationRule[]): Schema => ({
  type: 'object',
  properties,
  'x-kubernetes-validations': rules,
})
const integer: Schema = { type: 'integer' }
const run = (schema: Schema, value: unknown, previous?: unknown) => {
  const tree = compileRules(schema)
  if (!tree) throw new Error('no rules')
  const { errors, warnings } = validateRules(tree, value, previous)
  return { errors: errors.map(fieldErrorMessage), warnings }
}
const spec = (...rules: ValidationRule[]) =>
  object({ spec: object({ min: integer, max: integer, name: { type: 'string' } }, ...rules) })

it.each<[string, ValidationRule, string[]]>([
  ['holds', { rule: 'self.min <= self.max' }, []],
  ['fails', { rule: 'self.min > self.max' }, ['spec: Invalid value: failed rule: self.min > self.max']],
  ['has a message', { rule: 'false', message: ' no ' }, ['spec: Invalid value: no']],
  [
    'has a message that is evaluated',
    { rule: 'false', messageExpression: "'max is %d'.format([self.max])", message: 'no' },
    ['spec: Invalid value: max is 2'],
  ],
  [
    'has a message that fails',
    { rule: 'false', messageExpression: 'self.name', message: 'no' },
    ['spec: Invalid value: no'],
  ],
  ['has a reason', { rule: 'false', reason: 'FieldValueForbidden', message: 'no' }, ['spec: Forbidden: no']],
  [
    'has a path',
    { rule: 'false', fieldPath: '.max', reason: 'FieldValueRequired' },
    ['spec.max: Required value: failed rule: false'],
  ],
  [
    'errs',
    { rule: "self.name == ''" },
    [`spec: Invalid value: "object": no such key: name evaluating rule: self.name == ''`],
  ],
  ['is about a change', { rule: 'self.min == oldSelf.min' }, []],
  ['may be about a change', { rule: '!oldSelf.hasValue()', optionalOldSelf: true }, []],
  [
    'costs too much',
    {
      rule: `${'[1,2,3,4,5,6,7,8,9,10].map(a, '.repeat(7)}self.min${')'.repeat(7)}.size() > 0`,
      message: 'x',
    },
    [
      `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: x`,
    ],
  ],
])('a rule that %s', (_, rule, errors) => {
  expect(run(spec(rule), { spec: { min: 1, max: 2 } }).errors).toEqual(errors)
})

it('reports rules of the object itself without a path, and shows scalars', () => {
  expect(run(object({}, { rule: 'false', message: 'm' }), {}).errors).toEqual(['<nil>: Invalid value: m'])
  const scalar = object({ a: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 5' }] } })
  expect(run(scalar, { a: 3 }).errors).toEqual(['a: Invalid value: 3: failed rule: self > 5'])
})

it('compares with what was there before', () => {
  const immutable = spec({ rule: 'self.min == oldSelf.min', message: 'immutable' })
  expect(run(immutable, { spec: { min: 1 } }, { spec: { min: 2 } }).errors).toEqual([
    'spec: Invalid value: immutable',
  ])
  expect(run(immutable, { spec: { min: 1 } }, {}).errors).toEqual([])
  const list = object({
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
      items: object(
        { key: { type: 'string' }, size: integer },
        { rule: 'self.size >= oldSelf.size', message: 'shrinks' },
      ),
    },
  })
  const before = {
    parts: [
      { key: 'a', size: 3 },
      { key: 'b', size: 1 },
    ],
  }
  const after = {
    parts: [
      { key: 'b', size: 2 },
      { key: 'c', size: 0 },
      { key: 'a', size: 2 },
    ],
  }
  expect(run(list, after, before).errors).toEqual(['parts[2]: Invalid value: shrinks'])
})

it('warns of what is wrong but did not change', () => {
  const schema = spec({ rule: 'self.min < self.max', message: 'order' })
  const before = { spec: { min: 3, max: 2 } }
  expect(run(schema, { ...before, metadata: { labels: {} } }, before)).toEqual({
    errors: [],
    warnings: ['spec: Invalid value: order'],
  })
  expect(run(schema, { spec: { min: 4, max: 2 } }, before).errors).toEqual(['spec: Invalid value: order'])
})

it('evaluates rules in branches of allOf on the whole value', () => {
  const schema: Schema = {
    ...object({ a: integer }),
    allOf: [{ 'x-kubernetes-validations': [{ rule: 'self.a > 1', message: 'small' }] }],
  }
  expect(run(schema, { a: 1 }).errors).toEqual(['<nil>: Invalid value: small'])
})
