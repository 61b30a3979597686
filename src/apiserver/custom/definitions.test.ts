import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { apiError } from '../../kube/status.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { ApiRequest } from '../request.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
/** How many deletions of boats are still refused. */
let refusals = 0
const reluctant: AdmissionPlugin = {
  name: 'reluctant',
  handles: ({ operation, kind }) => operation === 'DELETE' && kind.plural === 'boats',
  validate() {
    if (refusals-- > 0) throw apiError('InternalError', 'the webhook is away')
  },
}
beforeEach(async () => {
  refusals = 0
  api = await createApiServer({ clock: new RealClock(), log, storage: 'memory', admission: [reluctant] })
  await ask(definitions, 'create', { body: definition })
})
afterEach(() => api[Symbol.asyncDispose]())

type Target = Pick<ApiRequest, 'group' | 'version' | 'plural' | 'namespace' | 'subresource'>
type Loose = KubeObject & {
  spec: Record<string, unknown>
  status?: Record<string, unknown>
  items: KubeObject[]
}
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
const boats = { group: 'example.com', version: 'v1', plural: 'boats', namespace: 'default' }
const user = { username: 'test', groups: ['system:masters'] }

const ask = async (target: Target, verb: ApiRequest['verb'], more: Partial<ApiRequest>) =>
  // Tests look into fields that only their own definition knows.
  (await api.handle({ user, verb, options: {}, ...target, ...more })).body as Loose

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          required: ['sails'],
          properties: {
            sails: { type: 'integer', minimum: 1 },
            colour: { type: 'string', default: 'white' },
          },
        },
        status: { type: 'object', properties: { afloat: { type: 'boolean' } } },
      },
    },
  },
})
const definition = {
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Boat', plural: 'boats' },
    versions: [version('v1', true), version('v1beta1', false)],
  },
}

const boat = (name: string, spec: object) => ({ name, body: { metadata: { name }, spec, junk: true } })

it('serves a custom resource as soon as it is defined: pruned, defaulted, validated', async () => {
  const created = await ask(boats, 'create', boat('a', { sails: 2 }))
  expect(created).toMatchObject({
    apiVersion: 'example.com/v1',
    kind: 'Boat',
    spec: { sails: 2, colour: 'white' },
  })
  expect(created).not.toHaveProperty('junk')
  expect(created.metadata.generation).toBe(1)
  await expect(ask(boats, 'create', boat('b', { sails: 0 }))).rejects.toMatchObject({ code: 422 })
  await expect(ask(boats, 'create', boat('b', {}))).rejects.toThrow('spec.sails: Required value')
  expect(api.resolve('example.com/v1', 'Boat')).toMatchObject({ plural: 'boats', namespaced: true })
})

it('keeps spec and status apart and counts generations of the spec', async () => {
  await ask(boats, 'create', boat('a', { sails: 2 }))
  const body = { spec: { sails: 9 }, status: { afloat: true } }
  const afloat = await ask({ ...boats, subresource: 'status' }, 'patch', { name: 'a', body })
  expect(afloat).toMatchObject({ spec: { sails: 2 }, status: { afloat: true }, metadata: { generation: 1 } })
  const changed = await ask(boats, 'patch', {
    name: 'a',
    body: { spec: { sails: 3 }, status: { afloat: false } },
  })
  expect(changed).toMatchObject({ spec: { sails: 3 }, status: { afloat: true }, metadata: { generation: 2 } })
})

it('serves every version of an object', async () => {
  await ask({ ...boats, version: 'v1beta1' }, 'create', boat('a', { sails: 2 }))
  expect(await ask(boats, 'get', { name: 'a' })).toMatchObject({ apiVersion: 'example.com/v1' })
  const old = await ask({ ...boats, version: 'v1beta1' }, 'list', {})
  expect(old.items[0]).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { sails: 2 } })
})

it('deletes the instances with the definition, waiting for their finalizers', async () => {
  await ask(boats, 'create', boat('a', { sails: 2 }))
  await ask(boats, 'create', {
    name: 'b',
    body: { metadata: { name: 'b', finalizers: ['example.com/crew'] }, spec: { sails: 1 } },
  })
  await ask(definitions, 'delete', { name: 'boats.example.com' })
  await expect
    .poll(async () => (await ask(boats, 'get', { name: 'b' })).metadata.deletionTimestamp)
    .toBeDefined()
  await expect(ask(boats, 'get', { name: 'a' })).rejects.toMatchObject({ code: 404 })
  await ask(boats, 'patch', { name: 'b', body: { metadata: { finalizers: null } } })
  await expect
    .poll(() =>
      ask(definitions, 'get', { name: 'boats.example.com' }).then(
        () => 'there',
        error => error.code,
      ),
    )
    .toBe(404)
  expect(api.resolve('example.com/v1', 'Boat')).toBeUndefined()
})

it('deletes the instances although some of it is refused at first', async () => {
  await ask(boats, 'create', boat('a', { sails: 2 }))
  await ask(boats, 'create', boat('b', { sails: 2 }))
  refusals = 3
  await ask(definitions, 'delete', { name: 'boats.example.com' })
  await expect
    .poll(() =>
      ask(definitions, 'get', { name: 'boats.example.com' }).then(
        () => 'there',
        error => error.code,
      ),
    )
    .toBe(404)
})

it('evaluates the rules of its schema, and lets what was wrong before stay while it does not change', async () => {
  const ruled = structuredClone(definition)
  Object.assign(ruled.spec.versions[0]!.schema.openAPIV3Schema.properties.spec, {
    'x-kubernetes-validations': [
      { rule: "self.sails < 5 || self.colour == 'red'", message: 'too many sails' },
    ],
  })
  await ask(boats, 'create', boat('old', { sails: 9 }))
  await ask(definitions, 'patch', { name: 'boats.example.com', body: { spec: ruled.spec } })
  await expect(ask(boats, 'create', boat('new', { sails: 9 }))).rejects.toThrow(
    'Boat.example.com "new" is invalid: spec: Invalid value: too many sails',
  )
  const labelled = await ask(boats, 'patch', { name: 'old', body: { metadata: { labels: { a: 'b' } } } })
  expect(labelled.metadata.labels).toEqual({ a: 'b' })
  await expect(ask(boats, 'patch', { name: 'old', body: { spec: { sails: 8 } } })).rejects.toMatchObject({
    code: 422,
  })
})

it('says whether a definition in a group of Kubernetes is approved', async () => {
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' }
  const body = {
    metadata: { name: 'boats.x.k8s.io', annotations },
    spec: { ...definition.spec, group: 'x.k8s.io' },
  }
  const { status } = await ask(definitions, 'create', { body })
  expect(status?.['conditions']).toContainEqual(
    expect.objectContaining({
      type: 'KubernetesAPIApprovalPolicyConformant',
      status: 'False',
      reason: 'UnapprovedAnnotation',
    }),
  )
})

it('reads what is older than a default with it, in every version, and keeps what was written', async () => {
  await ask(boats, 'create', boat('old', { sails: 1 }))
  const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/keel'
  const redefine = (patch: object[]) =>
    ask(definitions, 'patch', { name: definition.metadata.name, patchType: 'json', body: patch })
  await redefine([{ op: 'add', path, value: { type: 'string', default: 'fin' } }])
  const withKeel = { sails: 1, colour: 'white', keel: 'fin' }
  expect((await ask(boats, 'get', { name: 'old' })).spec).toEqual(withKeel)
  expect((await ask({ ...boats, version: 'v1beta1' }, 'get', { name: 'old' })).spec).toEqual(withKeel)
  expect((await ask(boats, 'create', boat('new', { sails: 2 }))).spec).toHaveProperty('keel', 'fin')
  await redefine([{ op: 'remove', path: `${path}/default` }])
  expect((await ask(boats, 'get', { name: 'old' })).spec).not.toHaveProperty('keel')
  expect((await ask(boats, 'get', { name: 'new' })).spec).toHaveProperty('keel', 'fin')
})

it('gives a new object the status that its definition says, in place of the one it brings', async () => {
  const [first] = definition.spec.versions
  const schema = structuredClone(first?.schema) ?? { openAPIV3Schema: { properties: {} } }
  Object.assign(schema.openAPIV3Schema.properties, {
    status: { type: 'object', default: { afloat: false }, properties: { afloat: { type: 'boolean' } } },
  })
  await ask(definitions, 'create', {
    body: {
      metadata: { name: 'ships.example.com' },
      spec: {
        ...definition.spec,
        names: { kind: 'Ship', plural: 'ships' },
        versions: [{ ...first, schema }],
      },
    },
  })
  const body = { metadata: { name: 'x' }, spec: { sails: 1 }, status: { afloat: true } }
  const ships = { ...boats, plural: 'ships' }
  expect((await ask(ships, 'create', { body })).status).toEqual({ afloat: false })
  expect((await ask(ships, 'get', { name: 'x' })).status).toEqual({ afloat: false })
})
