import { expect, it } from 'vitest'
import { fromJson } from '../../languages/cel/json-value.ts'
import { compile } from '../../languages/cel/program.ts'
import { declaredType } from './declared-type.ts'
import { kubernetesEnvironment } from './environment.ts'
import { escapeFieldName } from './escape.ts'

const schema = {
  type: 'object',
  properties: {
    'x-a.b/c__d': { type: 'string', maxLength: 10 },
    in: { type: 'integer' },
    port: { 'x-kubernetes-int-or-string': true },
    when: { type: 'string', format: 'date-time' },
    wait: { type: 'string', format: 'duration' },
    bytes: { type: 'string', format: 'byte' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string' }, size: { type: 'number' } } },
    },
    unseen: { 'x-kubernetes-preserve-unknown-fields': true },
  },
}
const object = {
  metadata: { name: 'a', namespace: 'b' },
  'x-a.b/c__d': 'text',
  in: 3,
  port: '80%',
  when: '2024-01-01T00:00:00Z',
  wait: '1m',
  bytes: 'QUI=',
  parts: [
    { name: 'x', size: 1 },
    { name: 'y', size: 2.5 },
  ],
}
const declared = declaredType(schema, true)
const type = declared!.type // The schema above has one.
const environment = kubernetesEnvironment({ self: type })

it.each([
  "self.metadata.name == 'a' && !has(self.metadata.generateName) && !has(self.kind)",
  "self.x__dash__a__dot__b__slash__c__underscores__d == 'text' && self.__in__ == 3",
  "type(self.port) == string && self.port == '80%'",
  "self.when < timestamp('2025-01-01T00:00:00Z') && self.wait == duration('60s') && self.bytes == b'AB'",
  'self.parts == [self.parts[1], self.parts[0]] || self.parts.exists(p, p.size == 2.5)',
  "format.dns1123Label().validate('a_b').hasValue() && !format.named('unknown').hasValue()",
  "!format.dns1035LabelPrefix().validate('abc-').hasValue()",
])('%s', expression => {
  const { program, problem } = compile(expression, environment)
  expect(problem).toBeUndefined()
  expect(program?.evaluate({ self: fromJson(object, type) }).value).toBe(true)
})

it.each(['self.metadata.namespace', 'self.unseen', 'self.free.x'])('%s is not seen', expression => {
  expect(compile(expression, environment).problem).toContain('undefined field')
})

it.each([
  ['namespace', '__namespace__'],
  ['a__b', 'a__underscores__b'],
  ['a-b.c/d', 'a__dash__b__dot__c__slash__d'],
  ['1a', undefined],
  ['a$', undefined],
])('%s is written %s', (name, escaped) => {
  expect(escapeFieldName(name)).toBe(escaped)
})
