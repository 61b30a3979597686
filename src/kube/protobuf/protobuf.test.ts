import { describe, expect, it } from 'vitest'
import { builtinResources } from '../resources.ts'
import type { Json, Schema } from '../schema/schema.ts'
import { decodeProtobuf } from './decode.ts'
import { encodeProtobuf, hasProtobuf } from './encode.ts'

const roundTrip = (object: object) => decodeProtobuf(encodeProtobuf(object)).object

/** An object of a kind with every field that its schema has, a few levels deep. */
function filled(schema: Schema, depth: number): unknown {
  if (schema.format === 'quantity') return '250m'
  if (schema['x-kubernetes-int-or-string']) return depth % 2 ? 'http' : 8080
  if (schema.format === 'date-time') return '2026-01-02T03:04:05Z'
  if (schema.format === 'byte') return 'AAEC'
  switch (schema.type) {
    case 'string':
      return 'text'
    case 'integer':
      return depth % 2 ? 7 : -7
    case 'number':
      return 1.5
    case 'boolean':
      return true
    case 'array':
      return schema.items ? [filled(schema.items, depth + 1)] : []
    case 'object': {
      if (schema.properties && depth < 12)
        return Object.fromEntries(
          Object.entries(schema.properties)
            // Embedded objects (volumeClaimTemplates) carry no type on the wire.
            .filter(([key]) => !(schema.properties?.metadata && (key === 'apiVersion' || key === 'kind')))
            .map(([key, child]) => [key, filled(child, depth + 1)]),
        )
      if (typeof schema.additionalProperties === 'object')
        return { key: filled(schema.additionalProperties, depth + 1) }
      return {}
    }
    default:
      return undefined
  }
}
/** Drops `undefined`, and writes micro times as Go does. */
const normal = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('.000000Z', 'Z'))

describe('protobuf', () => {
  it.each(
    builtinResources()
      .filter(row => row.schema && row.kind !== 'CustomResourceDefinition')
      .map(
        row => [`${row.group}/${row.version}`.replace(/^\//, ''), row.kind, row.schema as Schema] as const,
      ),
  )('%s %s goes through with every field', (apiVersion, kind, schema) => {
    const object = { ...(filled(schema, 0) as Json), apiVersion, kind }
    expect(normal(roundTrip(object))).toEqual(normal(object))
  })

  it('encodes a known message to known bytes', () => {
    const bytes = encodeProtobuf({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { k: 'v' },
    })
    const expected = [
      'k8s\0',
      '\x0a\x0f\x0a\x02v1\x12\x09ConfigMap',
      '\x12\x0d\x0a\x03\x0a\x01a\x12\x06\x0a\x01k\x12\x01v',
      '\x1a\x00\x22\x00',
    ].join('')
    expect(bytes.toString('latin1')).toBe(expected)
  })
  it('keeps zeros of pointers and drops those of plain fields', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', generation: 0 },
      spec: { replicas: 0, minReadySeconds: 0, paused: false },
    }
    expect(roundTrip(deployment)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { replicas: 0 },
    })
  })
  it('reads schemas of CRDs', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'string', enum: ['x', 1, null] } },
        b: { additionalProperties: false, default: { x: [1] } },
        c: { additionalProperties: { $ref: '#/x' }, 'x-kubernetes-int-or-string': true },
      },
    }
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'a.b' },
      spec: {
        group: 'b',
        names: { plural: 'a', kind: 'A' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    }
    expect(roundTrip(crd)).toEqual(crd)
  })
  it('reads options and micro times', () => {
    const options = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 0,
    }
    expect(roundTrip(options)).toEqual(options)
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { renewTime: '2026-01-02T03:04:05.123456Z' },
    }
    expect(roundTrip(lease)).toEqual(lease)
  })
  it('knows which kinds have a form', () => {
    expect(hasProtobuf('apps/v1', 'DeploymentList')).toBe(true)
    expect(hasProtobuf('argoproj.io/v1alpha1', 'Rollout')).toBe(false)
    expect(() => encodeProtobuf({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' })).toThrow(
      expect.objectContaining({ code: 406 }),
    )
  })
})

describe('malformed protobuf', () => {
  const pod = encodeProtobuf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', labels: { x: 'y' }, managedFields: [{ manager: 'm', fieldsV1: { 'f:x': {} } }] },
    spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1' } }, ports: [{ containerPort: 1 }] }] },
  })
  const outcome = (bytes: Uint8Array): string => {
    try {
      decodeProtobuf(bytes)
      return 'decoded'
    } catch (error) {
      return (error as Error).name === 'ApiError' ? 'refused' : String(error)
    }
  }
  it('is refused or read, wherever it is cut', () => {
    const outcomes = new Set(Array.from({ length: pod.length }, (_, end) => outcome(pod.subarray(0, end))))
    expect([...outcomes].filter(result => result !== 'refused' && result !== 'decoded')).toEqual([])
    expect(outcomes).toContain('refused')
  })
  it('is refused or read, whichever byte is changed', () => {
    const outcomes = new Set<string>()
    for (let at = 0; at < pod.length; at++)
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(pod)
        changed[at] = value
        outcomes.add(outcome(changed))
      }
    expect([...outcomes].sort()).toEqual(['decoded', 'refused'])
  })
  it.each([
    ['no magic', Buffer.from('{}')],
    ['an unknown kind', Buffer.from('k8s\0\x0a\x09\x0a\x02v1\x12\x03Foo', 'latin1')],
    ['nothing', Buffer.alloc(0)],
  ])('%s is BadRequest', (_, bytes) =>
    expect(() => decodeProtobuf(bytes)).toThrow(expect.objectContaining({ code: 400 })),
  )
  it('bounds depth', () => {
    let schema: Json = { type: 'object' }
    for (let i = 0; i < 500; i++) schema = { not: schema }
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] },
    }
    expect(() => decodeProtobuf(encodeProtobuf(crd))).toThrow('nested deeper than')
  })
})
