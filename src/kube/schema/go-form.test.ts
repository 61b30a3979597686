import { describe, expect, it } from 'vitest'
import { builtinSchema } from './builtin.ts'
import { dropZeros, writeZeros } from './go-form.ts'
import type { Schema } from './schema.ts'

const schemaOf = (group: string, kind: string) => builtinSchema(group, 'v1', kind) as Schema
const dropped = (schema: Schema, object: object) => {
  dropZeros(schema, object)
  return object
}
const written = (schema: Schema, object: object) => {
  writeZeros(schema, object)
  return object
}

describe('the form that Go gives to objects', () => {
  it.each([
    ['plain zeros', { active: 0, startTime: '' }, {}],
    ['pointers', { ready: 0, active: 0 }, { ready: 0 }],
    ['empty lists', { conditions: [] }, {}],
  ])('drops %s', (_, status, left) => {
    expect(dropped(schemaOf('batch', 'Job'), { status })).toEqual({ status: left })
  })

  it('keeps empty structs, zeros of maps, and what is written anyway', () => {
    expect(dropped(schemaOf('', 'ConfigMap'), { data: { a: '' }, binaryData: {} })).toEqual({
      data: { a: '' },
    })
    const pod = {
      spec: {
        securityContext: {},
        containers: [{ name: '', stdin: false, env: [{ name: 'A', value: '' }] }],
      },
    }
    expect(dropped(schemaOf('', 'Pod'), pod)).toEqual({
      spec: { securityContext: {}, containers: [{ name: '', env: [{ name: 'A' }] }] },
    })
  })

  it('keeps pointers to zeros in schemas, of values too', () => {
    const rest = { type: 'integer', minimum: 0 }
    const openAPIV3Schema = { additionalProperties: rest, items: rest, properties: { a: rest } }
    const definition = () => ({ spec: { versions: [{ schema: { openAPIV3Schema } }] } })
    const schema = schemaOf('apiextensions.k8s.io', 'CustomResourceDefinition')
    expect(dropped(schema, structuredClone(definition()))).toEqual(definition())
  })

  it('writes structs and fields without omitempty, but no null', () => {
    expect(written(schemaOf('apps', 'StatefulSet'), { spec: {} })).toEqual({
      metadata: {},
      spec: { serviceName: '', template: { metadata: {}, spec: {} }, updateStrategy: {} },
      status: { availableReplicas: 0, replicas: 0 },
    })
    expect(written(schemaOf('rbac.authorization.k8s.io', 'ClusterRole'), { metadata: {} })).toEqual({
      metadata: {},
    })
  })
})
