import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, deployment, failure } from '../testing.ts'
import { policyTarget, writesOf } from './testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
const { ask, create } = asking(() => api)

beforeEach(async () => {
  api = await createApiServer({ clock: new RealClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const policies = policyTarget('mutatingadmissionpolicies')
const bindings = policyTarget('mutatingadmissionpolicybindings')
const configMaps = coreTarget('configmaps', 'default')
const deployments = { group: 'apps', version: 'v1', plural: 'deployments', namespace: 'default' }
const onDeployments = {
  resourceRules: [
    {
      operations: ['CREATE', 'UPDATE'],
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      resources: ['deployments'],
    },
  ],
}

const applying = (expression: string) => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
})
const patching = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })
const policy = async (name: string, spec: object) => {
  await create(policies, name, {
    spec: { matchConstraints: writesOf('configmaps'), reinvocationPolicy: 'Never', ...spec },
  })
  await create(bindings, name, { spec: { policyName: name } })
}
const configMap = (name: string, data: object = {}, metadata: object = {}) =>
  create(configMaps, name, { data, metadata })

it('lays apply configurations over objects, item by item', async () => {
  await policy('p', {
    matchConstraints: onDeployments,
    variables: [{ name: 'image', expression: "object.spec.template.spec.containers[0].image + ':1'" }],
    mutations: [
      applying(`Object{
        spec: Object.spec{
          replicas: object.spec.replicas + 1,
          template: Object.spec.template{
            spec: Object.spec.template.spec{
              containers: [Object.spec.template.spec.containers{name: "c", image: variables.image}]
            }
          }
        }
      }`),
    ],
  })
  const { spec } = await create(deployments, 'web', deployment(1))
  expect(spec).toMatchObject({
    replicas: 2,
    template: { spec: { containers: [{ name: 'c', image: 'x:1', imagePullPolicy: 'Always' }] } },
  })
})

it('applies JSON patches, with keys that are escaped and values that are objects', async () => {
  await policy('p', {
    mutations: [
      patching(`[
        JSONPatch{op: "add", path: "/metadata/labels", value: {"made": "by", "policy": "true"}},
        JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a.example.com/b"), value: object.metadata.name},
        JSONPatch{op: "remove", path: "/data/secret"},
      ]`),
    ],
  })
  const { metadata, data } = await configMap('x', { a: '1', secret: '2' })
  expect(metadata.labels).toEqual({ made: 'by', policy: 'true', 'a.example.com/b': 'x' })
  expect(data).toEqual({ a: '1' })
})

it('does not make a patch whose test fails', async () => {
  await policy('p', {
    mutations: [
      patching(`[
        JSONPatch{op: "add", path: "/data/b", value: "1"},
        JSONPatch{op: "test", path: "/data/a", value: "2"},
      ]`),
    ],
  })
  expect((await configMap('x', { a: '1' })).data).toEqual({ a: '1' })
  expect((await configMap('y', { a: '2' })).data).toEqual({ a: '2', b: '1' })
})

it('asks policies again that want to see later changes, once', async () => {
  const counted = (key: string) =>
    patching(`[JSONPatch{op: "add", path: "/data/${key}", value: string(size(object.data))}]`)
  await policy('a', { reinvocationPolicy: 'IfNeeded', mutations: [counted('first')] })
  await policy('b', { mutations: [counted('second')] })
  expect((await configMap('x', { k: 'v' })).data).toEqual({ k: 'v', first: '3', second: '2' })
})

it('is given parameters, and conditions under which it acts', async () => {
  await create(configMaps, 'settings', { data: { team: 'blue' } })
  await policy('p', {
    matchConstraints: writesOf('secrets'),
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConditions: [{ name: 'named', expression: "object.metadata.name.startsWith('s')" }],
    mutations: [applying('Object{metadata: Object.metadata{labels: {"team": params.data.team}}}')],
  })
  await ask(bindings, 'patch', 'p', {
    patchType: 'merge',
    body: { spec: { paramRef: { name: 'settings', parameterNotFoundAction: 'Deny' } } },
  })
  const secrets = coreTarget('secrets', 'default')
  expect((await create(secrets, 's')).metadata.labels).toEqual({ team: 'blue' })
  expect((await create(secrets, 't')).metadata.labels).toBeUndefined()
})

const failing: [name: string, mutation: object, answer: string][] = [
  [
    'a field that there is not',
    applying('Object{spec: Object.spec{nothing: 1}}'),
    'error applying patch: failed to convert patch object to typed object: .spec.nothing: field not declared in schema',
  ],
  [
    'a list that has no items of its own',
    applying(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{tolerations: []}}}}',
    ),
    'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.tolerations',
  ],
  [
    'a type of another field',
    applying('Object{spec: Object.spec{selector: Object.spec.wrong{}}}'),
    'type mismatch: unexpected type name "Object.spec.wrong", expected "Object.spec.selector", which matches field name path from root Object type',
  ],
  [
    'an expression that fails',
    applying('Object{spec: Object.spec{replicas: object.spec.nothing}}'),
    "expression 'Object{spec: Object.spec{replicas: object.spec.nothing}}' resulted in error: no such key: nothing",
  ],
  [
    'a patch that does not apply',
    patching('[JSONPatch{op: "remove", path: "/spec/nothing"}]'),
    'JSON Patch: JSON patch operation 0: remove operation does not apply: doc is missing key: /spec/nothing: missing value',
  ],
]
it.each(failing)('refuses requests where a policy has %s', async (_name, mutation, why) => {
  await policy('p', { matchConstraints: onDeployments, mutations: [mutation] })
  expect(await failure(create(deployments, 'web', deployment()))).toBe(
    `403 Invalid: policy 'p' with binding 'p' denied request: ${why}`,
  )
  await ask(policies, 'patch', 'p', { patchType: 'merge', body: { spec: { failurePolicy: 'Ignore' } } })
  await create(deployments, 'web', deployment())
})

it('fails where a JSON patch makes what is no object of the kind', async () => {
  const mutations = [patching('[JSONPatch{op: "add", path: "/nothing", value: 1}]')]
  await policy('p', { mutations })
  expect(await failure(configMap('x'))).toBe(
    '500 InternalError: Internal error occurred: strict decoding error: unknown field "nothing"',
  )
})

const refused: [name: string, spec: object, problem: string][] = [
  ['no mutations', {}, 'spec.mutations: Required value: mutations must contain at least one item'],
  [
    'deletions',
    {
      matchConstraints: {
        resourceRules: [
          { operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
        ],
      },
      mutations: [patching('[JSONPatch{op: "remove", path: "/data"}]')],
    },
    'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
  ],
  [
    'an expression of another type',
    { mutations: [applying('object')] },
    'spec.mutations[0].applyConfiguration.expression: Invalid value: "object": must evaluate to Object but got dyn',
  ],
  [
    'a list of other things',
    { mutations: [patching('[Object{}]')] },
    'spec.mutations[0].jsonPatch.expression: Invalid value: "[Object{}]": must evaluate to list(JSONPatch) but got list(Object)',
  ],
  [
    'a field of another type',
    { mutations: [patching('[JSONPatch{op: 1}]')] },
    "spec.mutations[0].jsonPatch.expression: Invalid value: \"[JSONPatch{op: 1}]\": compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'",
  ],
  [
    'a patch of the other type',
    { mutations: [{ ...applying('Object{}'), jsonPatch: { expression: '[]' } }] },
    'spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration',
  ],
]
it.each(refused)('is not taken with %s', async (_name, spec, problem) => {
  expect(await failure(policy('p', spec))).toContain(problem)
})
