import { describe, expect, it } from 'vitest'
import { builtinResources } from '../resources.ts'
import { builtinSchema } from './builtin.ts'
import { customSchema } from './custom.ts'
import { decodeMismatch } from './decode.ts'
import { applySchemaDefaults } from './defaults.ts'
import { fieldErrorMessage, invalid, notSupported, required } from './field-error.ts'
import type { Schema } from './schema.ts'
import { prune, unknownFields } from './unknown-fields.ts'
import { validateSchema } from './validate.ts'

const deployment = builtinSchema('apps', 'v1', 'Deployment')!

const widget = customSchema({
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', format: 'int32', minimum: 1, maximum: 5 },
        color: { type: 'string', enum: ['red', 'green'], default: 'red' },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        port: { 'x-kubernetes-int-or-string': true },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        pod: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          properties: { spec: { type: 'object' } },
        },
        either: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'string' } },
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
        },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', minItems: 1 },
        rules: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, weight: { type: 'integer', default: 1 } },
          },
        },
        at: { type: 'string', format: 'date-time' },
        labels: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 1 },
      },
    },
  },
})
const errorsOf = (spec: unknown) => validateSchema(widget, { spec }).map(fieldErrorMessage)

describe('validateSchema', () => {
  it.each([
    [{ size: 3 }, []],
    [{}, ['spec.size: Required value']],
    [
      { size: 'x' },
      ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    ],
    [{ size: null }, ['spec.size: Invalid value: "null": spec.size in body must be of type integer: "null"']],
    [
      { size: 1.5 },
      ['spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"'],
    ],
    [
      { size: 2 ** 31 },
      [
        '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.size',
        'spec.size: Invalid value: 2147483648: spec.size in body should be less than or equal to 5',
      ],
    ],
    [{ size: 9 }, ['spec.size: Invalid value: 9: spec.size in body should be less than or equal to 5']],
    [{ size: 0 }, ['spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1']],
    [{ size: 1, color: 'blue' }, ['spec.color: Unsupported value: "blue": supported values: "red", "green"']],
    [{ size: 1, name: 'A' }, ['spec.name: Invalid value: "A": spec.name in body should match \'^[a-z]+$\'']],
    [{ size: 1, name: 'ABCDEF' }, ['spec.name: Too long: may not be more than 5 bytes']],
    [{ size: 1, name: 'abcdef' }, ['spec.name: Too long: may not be more than 5 bytes']],
    [{ size: 1, port: 'http' }, []],
    [{ size: 1, port: 80 }, []],
    [
      { size: 1, port: true },
      ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
    ],
    [{ size: 1, either: { a: 'x' } }, []],
    [
      { size: 1, either: { a: 'x', b: 'y' } },
      [
        '<nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    [{ size: 1, tags: ['a', 'a'] }, ['spec.tags[1]: Duplicate value: "a"']],
    [{ size: 1, tags: [] }, ['spec.tags: Invalid value: 0: spec.tags in body should have at least 1 items']],
    [{ size: 1, rules: [{ name: 'a' }, { name: 'a' }] }, ['spec.rules[1]: Duplicate value: {"name":"a"}']],
    [
      { size: 1, at: 'noon' },
      ['spec.at: Invalid value: "noon": spec.at in body must be of type date-time: "noon"'],
    ],
    [{ size: 1, labels: { a: 'b', c: 'd' } }, ['spec.labels: Too many: 2: must have at most 1 item']],
  ])('%j', (spec, expected) => expect(errorsOf(spec)).toEqual(expected))

  it('checks metadata of custom objects as ObjectMeta', () =>
    expect(
      validateSchema(widget, { metadata: { labels: { a: 1 } }, spec: { size: 1 } }).map(error => error.field),
    ).toEqual(['metadata.labels.a']))
  it('lets null stand for absent in built-in types', () =>
    expect(validateSchema(deployment, { metadata: { creationTimestamp: null }, spec: null })).toEqual([]))
})

describe('unknownFields and prune', () => {
  it('reports with paths through lists', () =>
    expect(
      unknownFields(deployment, {
        spec: {
          replica: 1,
          template: { spec: { containers: [{ name: 'a', img: 'x', resources: { limits: { cpu: 1 } } }] } },
        },
      }),
    ).toEqual(['unknown field "spec.replica"', 'unknown field "spec.template.spec.containers[0].img"']))
  it('honours preserve-unknown-fields and embedded resources', () =>
    expect(
      unknownFields(widget, {
        apiVersion: 'a/v1',
        spec: { free: { x: { y: 1 } }, pod: { apiVersion: 'v1', metadata: { name: 'x', nme: 1 }, extra: 1 } },
      }),
    ).toEqual(['unknown field "spec.pod.metadata.nme"', 'unknown field "spec.pod.extra"']))
  it('keeps what is unknown in the items of a list that preserves', () => {
    const items: Schema = { type: 'object', properties: { a: { type: 'object' } } }
    const list = { type: 'array', items, 'x-kubernetes-preserve-unknown-fields': true }
    expect(unknownFields({ properties: { list } }, { list: [{ b: 1, a: { c: 1 } }] })).toEqual([
      'unknown field "list[0].a.c"',
    ])
  })
  it('removes unknown fields, and nulls of built-in types only', () => {
    const object = {
      metadata: { creationTimestamp: null, name: 'x' },
      spec: { size: null, other: 1 },
      extra: 2,
    }
    prune(widget, object)
    expect(object).toEqual({ metadata: { name: 'x' }, spec: { size: null } })
    const owned = { metadata: { ownerReferences: [null], finalizers: null } }
    prune(widget, owned)
    expect(owned).toEqual({ metadata: { ownerReferences: [{}] } })
  })
})

describe('applySchemaDefaults', () => {
  it('fills in objects, list items and nulls that are not allowed', () => {
    const object = { spec: { size: 1, color: null, at: null, labels: { a: null }, rules: [{ name: 'a' }] } }
    applySchemaDefaults(widget, object)
    expect(object.spec).toStrictEqual({
      size: 1,
      color: 'red',
      labels: {},
      rules: [{ name: 'a', weight: 1 }],
    })
  })
})

describe('decodeMismatch', () => {
  it.each([
    [{ spec: { replicas: 2 } }, undefined],
    [
      { spec: { replicas: '2' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { spec: { template: { spec: { containers: [{ env: [{ name: 'A', value: 1 }] }] } } } },
      'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
    ],
    [
      { metadata: { labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { spec: { template: { spec: { containers: {} } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 'lots' } } }] } } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('%j', (object, expected) => expect(decodeMismatch(deployment, object)).toBe(expected))
  it.each([
    ['YQ==\r\n', undefined],
    // A Secret may have a key without content.
    ['', undefined],
    ['YQ', 'illegal base64 data at input byte 0'],
    ['YWJj!', 'illegal base64 data at input byte 4'],
  ])('bytes %j', (text, expected) =>
    expect(decodeMismatch(builtinSchema('', 'v1', 'Secret')!, { data: { key: text } })).toBe(expected),
  )
})

describe('invalid', () => {
  it('words one error and several as upstream, with causes', () => {
    const one = invalid({ group: 'apps', kind: 'Deployment' }, 'web', [required('spec.selector')])
    expect(one.message).toBe('Deployment.apps "web" is invalid: spec.selector: Required value')
    expect(one.code).toBe(422)
    const two = invalid({ group: '', kind: 'Pod' }, 'web', [
      required('spec.containers'),
      notSupported('spec.restartPolicy', 'x', ['Always', 'Never']),
    ])
    expect(two.message).toBe(
      'Pod "web" is invalid: [spec.containers: Required value, spec.restartPolicy: Unsupported value: "x": supported values: "Always", "Never"]',
    )
    expect(two.status.details?.causes?.[1]).toEqual({
      reason: 'FieldValueNotSupported',
      message: 'Unsupported value: "x": supported values: "Always", "Never"',
      field: 'spec.restartPolicy',
    })
  })
})

describe('builtinResources', () => {
  it('joins names and finds every schema', () => {
    const resources = builtinResources()
    const pods = resources.find(row => row.plural === 'pods')
    expect(pods).toMatchObject({
      shortNames: ['po'],
      categories: ['all'],
      singular: 'pod',
      listKind: 'PodList',
    })
    expect(resources.filter(row => row.schema === undefined)).toEqual([])
  })
  it('links types that contain themselves', () => {
    const props = builtinSchema('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')
    const found = props?.properties?.spec?.properties?.versions?.items?.properties?.schema?.properties
    const schema: Schema | undefined = found?.openAPIV3Schema
    expect(schema?.properties?.not).toBe(schema)
    expect(schema?.properties?.items?.properties?.not).toBe(schema)
  })
})
