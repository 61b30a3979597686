import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts'
import { loadData } from '../../data.ts'
import { fieldErrorMessage } from '../../schema/field-error.ts'
import type { Schema } from '../../schema/schema.ts'
import { Rules } from '../rules.ts'
import { checkDefinition } from './definition.ts'

type Spec = CustomResourceDefinition['spec']

const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '2024-01-01T00:00:00Z' }

const names = { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList' }
const definitionOf = (schema: Schema, version: object = {}, spec: object = {}): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { ...metadata, name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names,
    // The tables below hold what validation is to refuse.
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version },
    ] as Spec['versions'],
    ...spec,
  },
})
const errorsOf = (definition: CustomResourceDefinition, previous?: CustomResourceDefinition) => {
  const rules = new Rules()
  checkDefinition(rules, definition, previous)
  return rules.errors.map(fieldErrorMessage)
}
const at = 'spec.validation.openAPIV3Schema'
const text: Schema = { type: 'string' }
const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
})
const ruled = (rule: string, more: object = {}): Schema => ({
  'x-kubernetes-validations': [{ rule, ...more }],
})

it.each(readdirSync('data/crds'))('accepts %s', file => {
  const spec = loadData(`crds/${file}`) as Spec
  const { names: given } = spec
  const whole = {
    singular: given.singular ?? given.kind.toLowerCase(),
    listKind: given.listKind ?? `${given.kind}List`,
  }
  const definition: CustomResourceDefinition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      ...metadata,
      name: `${given.plural}.${spec.group}`,
      annotations: { 'api-approved.kubernetes.io': 'https://example.com/approved' },
    },
    spec: { ...spec, names: { ...given, ...whole } },
  }
  expect(errorsOf(definition)).toEqual([])
})

it.each<[string, Schema, string[]]>([
  [
    'a field without type',
    object({ a: {} }),
    [`${at}.properties[a].type: Required value: must not be empty for specified object fields`],
  ],
  [
    'a list without items',
    object({ a: { type: 'array' } }),
    [`${at}.properties[a].items: Required value: must be specified`],
  ],
  [
    'another type at the root',
    { type: 'string' },
    [`${at}.type: Invalid value: "string": must be object at the root`],
  ],
  [
    'a pattern that does not compile',
    object({ a: { ...text, pattern: '(' } }),
    [expect.stringContaining("must be a valid regular expression, but isn't: ")],
  ],
  [
    'a type in a branch',
    object({ a: text }, { anyOf: [{ properties: { a: { type: 'string' } } }] }),
    [`${at}.anyOf[0].properties[a].type: Forbidden: must be empty to be structural`],
  ],
  [
    'a field that only a branch knows',
    object({}, { oneOf: [{ properties: { b: { minLength: 1 } } }] }),
    [`${at}.properties[b]: Required value: because it is defined in ${at}.oneOf[0].properties[b]`],
  ],
  [
    'metadata with more than names',
    object({ metadata: object({ labels: { type: 'object' } }) }),
    [
      `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    'a map with keys of its own',
    object({ a: object({ b: text }, { additionalProperties: text }) }),
    [
      `${at}.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  ],
  [
    'unique items',
    object({ a: { type: 'array', items: text, uniqueItems: true } }),
    [
      `${at}.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  ],
  [
    'a keyed list whose key may be absent',
    object({
      a: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: object({ k: text }),
      },
    }),
    [
      `${at}.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    'a default of the wrong type',
    object({ a: { ...text, default: 1 } }),
    [
      `${at}.properties[a].default: Invalid value: "integer": ${at}.properties[a].default in body must be of type string: "integer"`,
    ],
  ],
  [
    'a default with unknown fields',
    object({ a: object({}, { default: { x: 1 } }) }),
    [`${at}.properties[a].default: Invalid value: {"x":1}: must not have unknown fields`],
  ],
  [
    'a rule that does not compile',
    object({}, ruled('self.foo')),
    [
      `${at}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.foo"}: compilation failed: ERROR: <input>:1:5: undefined field 'foo'\n | self.foo\n | ....^`,
    ],
  ],
  [
    'a rule that is no condition',
    object({ a: text }, ruled('self.a')),
    [
      `${at}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.a"}: cel expression must evaluate to a bool`,
    ],
  ],
  [
    'a message that is no text',
    object({}, ruled('true', { messageExpression: '1' })),
    [
      `${at}.x-kubernetes-validations[0].messageExpression: Invalid value: {"rule":"true","messageExpression":"1"}: messageExpression must evaluate to a string`,
    ],
  ],
  [
    'an empty rule',
    object({}, ruled(' ')),
    [`${at}.x-kubernetes-validations[0].rule: Required value: rule is not specified`],
  ],
  [
    'a path to nothing',
    object({}, ruled('true', { fieldPath: '.a' })),
    [`${at}.x-kubernetes-validations[0].fieldPath: Invalid value: ".a": must be a valid path`],
  ],
  [
    'a change in a list that is not keyed',
    object({
      a: { type: 'array', maxItems: 5, items: { ...text, maxLength: 5, ...ruled('self == oldSelf') } },
    }),
    [
      `${at}.properties[a].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}.properties[a]`,
    ],
  ],
  [
    'optionalOldSelf without oldSelf',
    object({}, ruled('true', { optionalOldSelf: true })),
    [
      `${at}.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`,
    ],
  ],
  [
    'a rule that may cost too much',
    object({ a: { type: 'array', items: text, ...ruled('self.all(x, self.all(y, x == y))') } }),
    [
      expect.stringMatching(
        /rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try simplifying the rule, or adding maxItems/,
      ),
      expect.stringContaining(
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      ),
      expect.stringContaining(
        `${at}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x`,
      ),
    ],
  ],
])('refuses %s', (_, schema, errors) => {
  expect(errorsOf(definitionOf(schema))).toEqual(errors)
})

it.each<[string, object, object, string[]]>([
  [
    'a scale path',
    { subresources: { scale: { specReplicasPath: '.spec.n', statusReplicasPath: 'x' } } },
    {},
    [
      'spec.versions[0].subresources.scale.statusReplicasPath: Invalid value: "x": must be a simple json path starting with .',
    ],
  ],
  [
    'a column',
    { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: '.a' }] },
    {},
    [
      'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    ],
  ],
  [
    'a selectable field',
    { selectableFields: [{ jsonPath: '.spec.a' }] },
    {},
    [
      'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.a": is an invalid path: does not refer to a valid field',
    ],
  ],
  [
    'a warning of what is not deprecated',
    { deprecationWarning: 'old' },
    {},
    ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
  ],
  [
    'a conversion without webhook',
    {},
    { conversion: { strategy: 'Webhook' } },
    [
      'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
      'spec.conversion.conversionReviewVersions: Required value',
    ],
  ],
  [
    'a conversion over http',
    {},
    {
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url: 'http://x' }, conversionReviewVersions: ['v1'] },
      },
    },
    [
      `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    ],
  ],
  [
    'a kind that is its list',
    {},
    { names: { ...names, listKind: 'Boat' } },
    ['spec.names.listKind: Invalid value: "Boat": kind and listKind may not be the same'],
  ],
])('refuses %s', (_, version, spec, errors) => {
  expect(errorsOf(definitionOf({ type: 'object' }, version, spec))).toEqual(errors)
})

it('wants an approval in groups of Kubernetes, and keeps stored versions', () => {
  const community = {
    ...definitionOf({ type: 'object' }, {}, { group: 'x.k8s.io' }),
    metadata: { ...metadata, name: 'boats.x.k8s.io' },
  }
  expect(errorsOf(community)).toEqual([
    expect.stringContaining(
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation',
    ),
  ])
  const stored = { ...definitionOf({ type: 'object' }), status: { storedVersions: ['v1', 'v1beta1'] } }
  expect(errorsOf(stored)).toEqual([
    expect.stringContaining('status.storedVersions[1]: Invalid value: "v1beta1": missing from spec.versions'),
  ])
})

it('lets a schema that was accepted cost what it costs', () => {
  const definition = definitionOf(
    object({ a: { type: 'array', items: text, ...ruled('self.all(x, self.all(y, x == y))') } }),
  )
  expect(
    errorsOf(definition, definition).some(message => message.includes('estimated rule cost exceeds')),
  ).toBe(false)
})
