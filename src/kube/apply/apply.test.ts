import { describe, expect, it } from 'vitest'
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts'
import { builtinSchema } from '../schema/builtin.ts'
import { customSchema } from '../schema/custom.ts'
import type { Json } from '../schema/schema.ts'
import { ApiError } from '../status.ts'
import { applyServerSide, type ServerSideApply } from './apply.ts'
import { trackUpdate } from './track-update.ts'

const schema = builtinSchema('apps', 'v1', 'Deployment')
const time = '2026-01-01T00:00:00Z'
const meta = { name: 'web', namespace: 'default' }
const base = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta }
const container = (name: string, extra: object = {}) => ({ name, image: `${name}:1`, ...extra })
const deployment = (spec: object, metadata: object = {}) => ({
  ...base,
  metadata: { ...meta, ...metadata },
  spec,
})
const template = (...containers: object[]) => ({ template: { spec: { containers } } })

const apply = (live: object | undefined, applied: object, more: Partial<ServerSideApply> = {}) =>
  applyServerSide({
    live,
    applied,
    manager: 'a',
    force: false,
    schema,
    apiVersion: 'apps/v1',
    time,
    ...more,
  }).object as Json & { metadata: { managedFields: ManagedFieldsEntry[] }; spec: Json }
const update = (live: object | undefined, updated: Json, manager: string, more: object = {}) => {
  trackUpdate({ live, updated, manager, operation: 'Update', schema, apiVersion: 'apps/v1', time, ...more })
  return updated as Json & { metadata: { managedFields?: ManagedFieldsEntry[] } }
}
const owners = (object: { metadata: { managedFields?: ManagedFieldsEntry[] } }) =>
  Object.fromEntries((object.metadata.managedFields ?? []).map(entry => [entry.manager, entry.fieldsV1]))
const refusal = (run: () => unknown): ApiError => {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError) return error
  }
  throw new Error('nothing was refused')
}

describe('applyServerSide', () => {
  it('owns and gives back labels with the names of what every object inherits', () => {
    const live = update(undefined, deployment({}, { labels: { constructor: 'a', app: 'web' } }), 'kubectl')
    expect(owners(live)['kubectl']).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:constructor': {}, 'f:app': {} } },
    })
    const next = structuredClone(live) as Json
    next['metadata'] = { ...live.metadata, labels: { app: 'web' } }
    expect(owners(update(live, next, 'other'))['kubectl']).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    })
  })
  it('creates, owning what was sent', () => {
    const object = apply(undefined, deployment({ replicas: 2, ...template(container('web')) }))
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ])
  })
  it('conflicts when another manager owns a changed field, and takes it by force', () => {
    const live = apply(undefined, deployment({ replicas: 2 }))
    const other = { manager: 'b' }
    const error = refusal(() => apply(live, deployment({ replicas: 3 }), other))
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "a": .spec.replicas')
    expect(error.status.details?.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.replicas' },
    ])
    const forced = apply(live, deployment({ replicas: 3 }), { ...other, force: true })
    expect(owners(forced)).toEqual({ b: { 'f:spec': { 'f:replicas': {} } } })
  })
  it('names every conflict by manager', () => {
    const live = update(undefined, deployment({ replicas: 2, paused: true }), 'kubectl-edit')
    const error = refusal(() => apply(live, deployment({ replicas: 3, paused: false })))
    expect(error.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using apps/v1:\n- .spec.paused\n- .spec.replicas',
    )
  })
  it('shares a field when the value is the same', () => {
    const live = apply(undefined, deployment({ replicas: 2 }))
    const both = apply(live, deployment({ replicas: 2 }), { manager: 'b' })
    // Whoever changes nothing gets no time, and whoever has none comes first.
    expect(both.metadata.managedFields.map(entry => [entry.manager, entry.time])).toEqual([
      ['b', undefined],
      ['a', time],
    ])
    const left = apply(both, base, { manager: 'a' })
    expect(left.spec).toEqual({ replicas: 2 })
    expect(Object.keys(owners(left))).toEqual(['b'])
  })
  it('keeps what it applies empty when the last field in it goes', () => {
    const security = (securityContext: object) => deployment({ template: { spec: { securityContext } } })
    const live = apply(undefined, security({ runAsUser: 1 }))
    const emptied = apply(live, security({}))
    expect(emptied.spec).toEqual({ template: { spec: { securityContext: {} } } })
    expect(apply(emptied, security({}))).toEqual(emptied)
    expect(apply(emptied, base).spec).toBeUndefined()
  })
  it('removes what it applied before and dropped, and keeps what others set', () => {
    const live = apply(
      undefined,
      deployment(
        { replicas: 2, ...template(container('web', { args: ['x'] }), container('side')) },
        { labels: { x: '1', y: '1' } },
      ),
    )
    const labelled = update(
      live,
      { ...structuredClone(live), metadata: { ...live.metadata, labels: { x: '1', y: '1', z: '1' } } },
      'other',
    )
    const next = apply(labelled, deployment(template(container('web')), { labels: { x: '1' } }))
    expect(next.spec).toEqual(template(container('web')))
    expect(next.metadata).toMatchObject({ labels: { x: '1', z: '1' } })
  })
  it('removes structs with their last field, and keeps defaults nobody owns', () => {
    const live = apply(undefined, deployment({ strategy: { type: 'Recreate' }, replicas: 1 }))
    live.spec['revisionHistoryLimit'] = 10
    expect(apply(live, deployment({ replicas: 1 })).spec).toEqual({ replicas: 1, revisionHistoryLimit: 10 })
  })
  it('keeps the order: applied items in theirs, others where they were', () => {
    const live = update(
      undefined,
      deployment(template(container('x'), container('a'), container('y'), container('b'))),
      'u',
    )
    const names = (object: Json) =>
      (
        object as unknown as ReturnType<typeof deployment> & {
          spec: { template: { spec: { containers: { name: string }[] } } }
        }
      ).spec.template.spec.containers.map(c => c.name)
    const merged = apply(live, deployment(template({ name: 'b' }, { name: 'n' }, { name: 'a' })), {
      force: true,
    })
    expect(names(merged)).toEqual(['x', 'y', 'b', 'n', 'a'])
  })
  it('leaves the object and its times alone when nothing changes', () => {
    const live = apply(undefined, deployment({ replicas: 2 }))
    expect(apply(live, deployment({ replicas: 2 }), { time: '2027-01-01T00:00:00Z' })).toEqual(live)
  })
  it('treats what existed untracked as owned by before-first-apply', () => {
    const live = deployment({ replicas: 2 })
    expect(refusal(() => apply(live, deployment({ replicas: 3 }))).message).toContain(
      '"before-first-apply" using apps/v1',
    )
  })
  it('migrates kubectl from client-side apply, but not over changes made since', () => {
    const sent = deployment({ replicas: 2, paused: true })
    const annotation = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(sent) }
    const live = update(
      undefined,
      deployment(sent.spec, { annotations: annotation }),
      'kubectl-client-side-apply',
    )
    const next = deployment({ replicas: 3 })
    expect(refusal(() => apply(live, next, { manager: 'flux' })).code).toBe(409)
    const migrated = apply(live, next, { manager: 'kubectl' })
    expect(migrated.spec).toMatchObject({ replicas: 3 })
    expect(JSON.stringify(migrated.metadata)).toContain('\\"replicas\\":3')
    const scaled = update(live, { ...structuredClone(live), spec: { replicas: 5 } }, 'kubectl-scale')
    expect(refusal(() => apply(scaled, next, { manager: 'kubectl' })).message).toContain('"kubectl-scale"')
  })
  it.each([
    [
      deployment({ foo: 1 }),
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    ],
    [deployment(template({ image: 'x' })), 'omits key field "name"'],
    [deployment(template(container('a'), container('a'))), 'duplicate entries for key [name="a"]'],
    [
      deployment({ foo: 1, bar: 1, replicas: 'x', paused: 2, selector: [] }),
      'errors:\n  .spec.foo: field not declared in schema\n  .spec.bar: field not declared in schema\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.paused: expected boolean, got &{2}\n  .spec.selector: expected map, got &{[]}',
    ],
    [
      deployment(template(container('a', { env: [{ name: true }] }))),
      '.spec.template.spec.containers[name="a"].env[name=true].name: expected string, got &value.valueUnstructured{Value:true}',
    ],
  ])('refuses %j', (config, message) => {
    const error = refusal(() => apply(undefined, config))
    expect([error.code, error.reason]).toEqual([500, ''])
    expect(error.message).toContain(message)
  })
  it('refuses managedFields', () =>
    expect(refusal(() => apply(undefined, deployment({}, { managedFields: [] })))).toMatchObject({
      code: 400,
      message: 'metadata.managedFields must be nil',
    }))
  it('deduces the structure of custom objects without a schema, and obeys one with list types', () => {
    const object = {
      apiVersion: 'x/v1',
      kind: 'X',
      metadata: { name: 'x' },
      spec: { list: [{ name: 'a' }], map: { b: { c: 1 } } },
    }
    expect(owners(apply(undefined, object, { schema: customSchema(undefined) }))).toEqual({
      a: { 'f:spec': { '.': {}, 'f:list': {}, 'f:map': { '.': {}, 'f:b': { '.': {}, 'f:c': {} } } } },
    })
    const typed = customSchema({
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            list: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['name'],
              items: { type: 'object', properties: { name: { type: 'string' } } },
            },
            map: {
              type: 'object',
              'x-kubernetes-map-type': 'atomic',
              additionalProperties: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    })
    expect(owners(apply(undefined, object, { schema: typed }))).toEqual({
      a: { 'f:spec': { 'f:list': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } }, 'f:map': {} } },
    })
  })
})

describe('trackUpdate', () => {
  it('gives the creator everything, as upstream writes it', () => {
    const created = update(
      undefined,
      deployment(
        {
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
          ...template(container('web', { ports: [{ containerPort: 80 }] })),
        },
        { labels: { app: 'web' } },
      ),
      'kubectl-create',
    )
    expect(owners(created)).toEqual({
      'kubectl-create': {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': {
          'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
          'f:template': {
            'f:spec': {
              'f:containers': {
                'k:{"name":"web"}': {
                  '.': {},
                  'f:image': {},
                  'f:name': {},
                  'f:ports': {
                    '.': {},
                    'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
                  },
                  'f:resources': {},
                },
              },
            },
          },
        },
      },
    })
  })
  it('moves changed fields and drops removed ones', () => {
    const live = update(undefined, deployment({ replicas: 1, paused: true, minReadySeconds: 1 }), 'x')
    const next = update(live, deployment({ replicas: 2, minReadySeconds: 1 }), 'y', {
      time: '2026-02-01T00:00:00Z',
    })
    expect(owners(next)).toEqual({
      x: { 'f:spec': { 'f:minReadySeconds': {} } },
      y: { 'f:spec': { 'f:replicas': {} } },
    })
  })
  it('keeps entries as they are when nothing changed, and shares sets when only time did', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'x')
    const same = update(live, deployment({ replicas: 1 }), 'y')
    expect(same.metadata.managedFields).toEqual(live.metadata.managedFields)
    const next = update(live, deployment({ replicas: 2 }), 'x', { time: '2027-01-01T00:00:00Z' })
    expect(next.metadata.managedFields?.[0]?.fieldsV1).toBe(live.metadata.managedFields?.[0]?.fieldsV1)
    expect(next.metadata.managedFields?.[0]?.time).toBe('2027-01-01T00:00:00Z')
  })
  it('separates subresources and honours reset fields', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'x')
    const next = update(live, { ...deployment({ replicas: 9 }), status: { replicas: 1 } }, 'x', {
      subresource: 'status',
      reset: ['spec', 'metadata'],
    })
    expect(next.metadata.managedFields?.map(entry => [entry.subresource, entry.fieldsV1])).toEqual([
      [undefined, { 'f:spec': { 'f:replicas': {} } }],
      ['status', { 'f:status': { 'f:replicas': {} } }],
    ])
  })
  it('lets clients rewrite or reset managedFields, but not break them', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'x')
    const entry = live.metadata.managedFields?.[0]
    const renamed = deployment(
      { replicas: 1 },
      { managedFields: [{ ...entry, manager: 'z', operation: 'Apply' }] },
    )
    expect(Object.keys(owners(update(live, renamed, 'q')))).toEqual(['z'])
    expect(
      update(live, deployment({ replicas: 2 }, { managedFields: [{}] }), 'q').metadata,
    ).not.toHaveProperty('managedFields')
    const broken = deployment({ replicas: 1 }, { managedFields: [{ ...entry, fieldsV1: { x: 1 } }] })
    expect(Object.keys(owners(update(live, broken, 'q')))).toEqual(['x'])
  })
  it('does not start tracking what existed untracked', () =>
    expect(update(deployment({ replicas: 1 }), deployment({ replicas: 2 }), 'x').metadata).not.toHaveProperty(
      'managedFields',
    ))
  it('folds the oldest of more than ten updaters', () => {
    let live = update(undefined, deployment({ replicas: 0 }), 'first')
    for (let i = 1; i <= 12; i++)
      live = update(
        live,
        {
          ...structuredClone(live),
          metadata: {
            ...live.metadata,
            labels: Object.fromEntries(Array.from({ length: i }, (_, n) => [`l${n}`, 'x'])),
          },
        },
        `m${i}`,
        { time: `2026-01-${String(i + 1).padStart(2, '0')}T00:00:00Z` },
      )
    const names = (live.metadata.managedFields ?? []).map(entry => entry.manager)
    expect(names.length).toBe(10)
    expect(names).toContain('ancient-changes')
    expect(names).not.toContain('first')
  })
})
