import { describe, expect, it } from 'vitest'
import { builtinResources, type Resource } from '../resources.ts'
import { customSchema } from '../schema/custom.ts'
import type { Json, Schema } from '../schema/schema.ts'
import { openapiV2 } from './v2.ts'
import { openapiV3 } from './v3.ts'

const rollouts: Resource = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'rollouts',
  singular: 'rollout',
  kind: 'Rollout',
  listKind: 'RolloutList',
  namespaced: true,
  shortNames: [],
  categories: [],
  verbs: ['create', 'get', 'list', 'patch', 'update'],
  subresources: {
    status: { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', verbs: ['get', 'patch'] },
  },
  schema: customSchema({
    type: 'object',
    properties: { spec: { type: 'object', properties: { replicas: { type: 'integer' } } } },
  }),
}

/** Every `$ref` of a document that leads nowhere. */
function danglingRefs(document: Json): string[] {
  const found: string[] = []
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === '$ref' && typeof value === 'string') {
        const target = value
          .slice(2)
          .split('/')
          .reduce<unknown>((parent, name) => (parent as Json | undefined)?.[name], document)
        if (!target) found.push(value)
      } else walk(value)
    }
  }
  walk(document)
  return found
}
const at = (document: Json, ...path: string[]): Json =>
  path.reduce<unknown>((node, key) => (node as Json)[key], document) as Json

describe('openapiV3', () => {
  it.each([
    ['apps/v1', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', true],
    ['argoproj.io/v1alpha1', '/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts/{name}', false],
  ])('lets %s be patched strategically: %s: %s', (groupVersion, path, isBuiltin) => {
    const document = openapiV3(groupVersion, [...builtinResources(), rollouts])
    const types = Object.keys(at(document, 'paths', path, 'patch', 'requestBody', 'content'))
    expect(types.includes('application/strategic-merge-patch+json')).toBe(isBuiltin)
    expect(types).toContain('application/merge-patch+json')
  })
  const groupVersions = [
    ...new Set(builtinResources().map(({ group, version }) => (group ? `${group}/${version}` : version))),
  ]
  it.each(groupVersions)('%s refers to nothing that it lacks', groupVersion =>
    expect(danglingRefs(openapiV3(groupVersion, builtinResources()))).toEqual([]),
  )
  it('tells kubectl that a kind can be validated by the server', () => {
    const document = openapiV3('apps/v1', builtinResources())
    const patch = at(document, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch')
    expect(patch['x-kubernetes-group-version-kind']).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    })
    expect((patch['parameters'] as { name: string }[]).map(({ name }) => name)).toContain('fieldValidation')
    expect(Object.keys(at(document, 'paths'))).toContain('/apis/apps/v1/deployments')
    expect(Object.keys(at(document, 'paths'))).not.toContain('/api/v1/pods')
  })
  it('keeps patch strategies beside references', () =>
    expect(
      at(
        openapiV3('apps/v1', builtinResources()),
        'components',
        'schemas',
        'io.k8s.api.apps.v1.DeploymentSpec',
        'properties',
        'strategy',
      ),
    ).toEqual({
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy' }],
      'x-kubernetes-patch-strategy': 'retainKeys',
    }))
  it('publishes custom kinds with real metadata', () => {
    const document = openapiV3('argoproj.io/v1alpha1', [rollouts, ...builtinResources()])
    expect(danglingRefs(document)).toEqual([])
    const schema = at(document, 'components', 'schemas', 'io.argoproj.v1alpha1.Rollout')
    expect(schema['x-kubernetes-group-version-kind']).toEqual([
      { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout' },
    ])
    expect(at(schema, 'properties', 'metadata')).toEqual({
      description: "Standard object's metadata.",
      allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
    })
    const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
    for (const field of Object.values(at(document, 'components', 'schemas', meta, 'properties')))
      expect(field).toHaveProperty('description')
    expect(JSON.stringify(schema)).not.toContain('builtin')
  })
})

describe('openapiV2', () => {
  it('holds everything in one document', () => {
    const document = openapiV2([...builtinResources(), rollouts])
    expect(danglingRefs(document)).toEqual([])
    expect(Object.keys(at(document, 'definitions'))).toContain('io.argoproj.v1alpha1.Rollout')
    expect(Object.keys(at(document, 'paths'))).toContain('/api/v1/namespaces/{namespace}/pods/{name}/log')
    expect(
      at(document, 'definitions', 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'strategy'),
    ).toEqual({
      $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentStrategy',
      'x-kubernetes-patch-strategy': 'retainKeys',
    })
  })
  it.each([
    [
      'nothing of a kind in which anything goes',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      {},
    ],
    [
      'no type of what may be null, and does not require it',
      {
        type: 'object',
        required: ['a', 'b'],
        properties: {
          a: { type: 'string', nullable: true },
          b: { type: 'array', items: { type: 'string' }, oneOf: [{ minItems: 1 }] },
          c: {
            type: 'object',
            'x-kubernetes-preserve-unknown-fields': true,
            properties: { d: { type: 'string' } },
          },
        },
      },
      {
        required: ['b'],
        properties: expect.objectContaining({
          a: {},
          b: { type: 'array', items: { type: 'string' } },
          c: { 'x-kubernetes-preserve-unknown-fields': true },
        }),
      },
    ],
  ] as const)('publishes %s', (_, schema, expected) => {
    const document = openapiV2([{ ...rollouts, schema: customSchema(schema as Schema) }])
    expect(at(document, 'definitions', 'io.argoproj.v1alpha1.Rollout')).toEqual({
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout' }],
      ...expected,
    })
  })
})
