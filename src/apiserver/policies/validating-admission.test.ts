import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { ApiError } from '../../kube/status.ts'
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

const policies = policyTarget('validatingadmissionpolicies')
const bindings = policyTarget('validatingadmissionpolicybindings')
const configMaps = coreTarget('configmaps', 'default')

const policy = (name: string, spec: object) =>
  create(policies, name, { spec: { matchConstraints: writesOf('configmaps'), ...spec } })
const bind = (policyName: string, spec: object = {}, name = 'everywhere') =>
  create(bindings, name, { spec: { policyName, validationActions: ['Deny'], ...spec } })
const configMap = (name: string, data: object = {}, metadata: object = {}) =>
  create(configMaps, name, { data, metadata })
const requires = (...expressions: string[]) => ({
  validations: expressions.map(expression => ({ expression })),
})

it('refuses what a bound policy denies, in words that name both', async () => {
  await policy('small', requires('size(object.data) < 2'))
  await configMap('before', { a: '1', b: '2' })
  await bind('small')
  await configMap('one', { a: '1' })
  const refused = configMap('two', { a: '1', b: '2' })
  const words =
    "ValidatingAdmissionPolicy 'small' with binding 'everywhere' denied request: failed expression: size(object.data) < 2"
  expect(await failure(refused)).toBe(`422 Invalid: configmaps "two" is forbidden: ${words}`)
  const error = await refused.catch((thrown: unknown) => thrown)
  expect((error as ApiError).status.details).toEqual({
    name: 'two',
    kind: 'configmaps',
    causes: [{ message: words }],
  })
  await ask(bindings, 'delete', 'everywhere')
  await configMap('two', { a: '1', b: '2' })
})

const denials: [name: string, spec: object, answer: string][] = [
  [
    'a message',
    { validations: [{ expression: 'false', message: ' no ' }] },
    '422 Invalid: … denied request: no',
  ],
  [
    'a reason',
    { validations: [{ expression: 'false', message: 'no', reason: 'Forbidden' }] },
    '403 Forbidden: … denied request: no',
  ],
  [
    'a message that is computed',
    {
      validations: [{ expression: 'false', message: 'no', messageExpression: "object.metadata.name + '!'" }],
    },
    '422 Invalid: … denied request: x!',
  ],
  [
    'a computed message of two lines, which does not count',
    { validations: [{ expression: 'false', message: 'no', messageExpression: "'a\\nb'" }] },
    '422 Invalid: … denied request: no',
  ],
  [
    'an error',
    requires('object.data.b == "1"'),
    '422 Invalid: … denied request: expression \'object.data.b == "1"\' resulted in error: no such key: b',
  ],
  [
    'variables that use each other',
    {
      variables: [
        { name: 'data', expression: 'object.data' },
        { name: 'keys', expression: 'variables.data.map(key, key)' },
      ],
      validations: [
        { expression: 'size(variables.keys) > 1', messageExpression: 'string(variables.keys[0])' },
      ],
    },
    '422 Invalid: … denied request: a',
  ],
  [
    'a variable that fails',
    {
      variables: [{ name: 'absent', expression: 'object.spec' }],
      ...requires('variables.absent == 1'),
    },
    '422 Invalid: … denied request: expression \'variables.absent == 1\' resulted in error: composited variable "absent" fails to evaluate: no such key: spec',
  ],
  [
    'what it costs',
    requires('lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0))'),
    "422 Invalid: … denied request: expression 'lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0))' resulted in error: operation cancelled: actual cost limit exceeded",
  ],
  [
    'the namespace',
    requires("namespaceObject.metadata.name == 'other'"),
    "422 Invalid: … denied request: failed expression: namespaceObject.metadata.name == 'other'",
  ],
  [
    'the user',
    requires("request.userInfo.username == 'other'"),
    "422 Invalid: … denied request: failed expression: request.userInfo.username == 'other'",
  ],
  [
    'what the user may do',
    requires("!authorizer.group('apps').resource('deployments').namespace('default').check('get').allowed()"),
    "422 Invalid: … denied request: failed expression: !authorizer.group('apps').resource('deployments').namespace('default').check('get').allowed()",
  ],
  [
    'what the user may do with the object itself',
    requires("!authorizer.requestResource.check('delete').allowed()"),
    "422 Invalid: … denied request: failed expression: !authorizer.requestResource.check('delete').allowed()",
  ],
  ['nothing, as it is met', requires('true'), 'no failure'],
  [
    'an error that it ignores',
    { failurePolicy: 'Ignore', ...requires('object.data.b == "1"') },
    'no failure',
  ],
  [
    'a match condition that does not hold',
    { matchConditions: [{ name: 'c', expression: 'object.metadata.name != "x"' }], ...requires('false') },
    'no failure',
  ],
  [
    'a match condition that fails',
    { matchConditions: [{ name: 'c', expression: 'object.spec == 1' }], ...requires('true') },
    "422 Invalid: … denied request: expression 'object.spec == 1' resulted in error: no such key: spec",
  ],
  ['rules of others', { matchConstraints: writesOf('secrets'), ...requires('false') }, 'no failure'],
  [
    'a rule by name of another',
    {
      matchConstraints: {
        resourceRules: [{ ...writesOf('configmaps').resourceRules[0], resourceNames: ['y'] }],
      },
      ...requires('false'),
    },
    'no failure',
  ],
  [
    'a rule that is taken back',
    {
      matchConstraints: {
        ...writesOf('configmaps'),
        excludeResourceRules: [{ ...writesOf('*').resourceRules[0], resourceNames: ['x'] }],
      },
      ...requires('false'),
    },
    'no failure',
  ],
  [
    'a selector of others',
    {
      matchConstraints: { ...writesOf('configmaps'), objectSelector: { matchLabels: { app: 'y' } } },
      ...requires('false'),
    },
    'no failure',
  ],
  [
    'a paramKind that is unknown',
    { paramKind: { apiVersion: 'rules.example.com/v1', kind: 'Limit' }, ...requires('true') },
    "422 Invalid: … denied request: failed to configure policy: failed to find resource referenced by paramKind: 'rules.example.com/v1, Kind=Limit'",
  ],
]
it.each(denials)('a policy with %s', async (_name, spec, answer) => {
  await policy('p', spec)
  await bind('p')
  const said = await failure(configMap('x', { a: '1' }, { labels: { app: 'x' } }))
  const prefix = /configmaps "x" is forbidden: ValidatingAdmissionPolicy 'p'( with binding 'everywhere')?/
  expect(said.replace(prefix, '…')).toBe(answer)
})

it('sees the version that its rules name, and scopes by namespace', async () => {
  await create({ ...coreTarget('namespaces') }, 'prod', { metadata: { labels: { stage: 'prod' } } })
  await create(policies, 'p', {
    spec: {
      matchConstraints: {
        resourceRules: [
          { operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] },
        ],
        namespaceSelector: { matchLabels: { stage: 'prod' } },
      },
      ...requires('object.spec.replicas <= 3'),
    },
  })
  await bind('p')
  const deployments = (namespace: string) => ({
    group: 'apps',
    version: 'v1',
    plural: 'deployments',
    namespace,
  })
  await create(deployments('default'), 'web', deployment(5))
  expect(await failure(create(deployments('prod'), 'web', deployment(5)))).toContain(
    'object.spec.replicas <= 3',
  )
  await create(deployments('prod'), 'web', deployment(3))
  // Scale is another resource for rules.
  await ask({ ...deployments('prod'), subresource: 'scale' }, 'patch', 'web', {
    patchType: 'merge',
    body: { spec: { replicas: 4 } },
  })
})

describe('parameters', () => {
  const limit = (name: string, max: string, labels = {}, namespace = 'default') =>
    create(coreTarget('configmaps', namespace), name, {
      data: { max },
      metadata: { labels },
    })
  const secret = (name: string, count: number) =>
    create(coreTarget('secrets', 'default'), name, {
      stringData: Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v'])),
    })
  const expression = 'size(object.data) <= int(params.data.max)'
  beforeEach(() =>
    policy('limited', {
      matchConstraints: writesOf('secrets'),
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression, messageExpression: "'at most ' + params.data.max" }],
    }),
  )

  it('are found by name, in the namespace of the request', async () => {
    await bind('limited', { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } })
    expect(await failure(secret('a', 1))).toBe(
      "422 Invalid: secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'limited' with binding 'everywhere' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    )
    await limit('limits', '1')
    await secret('a', 1)
    expect(await failure(secret('b', 2))).toContain('denied request: at most 1')
    await ask(configMaps, 'patch', 'limits', { patchType: 'merge', body: { data: { max: '2' } } })
    await secret('b', 2)
  })

  it('are found by labels, and each has to be met', async () => {
    const selector = { matchLabels: { kind: 'limit' } }
    await bind('limited', { paramRef: { selector, parameterNotFoundAction: 'Allow' } })
    await secret('a', 5)
    await limit('wide', '4', { kind: 'limit' })
    await limit('narrow', '2', { kind: 'limit' })
    await limit('other', '0')
    await secret('b', 2)
    expect(await failure(secret('c', 3))).toContain('denied request: at most 2')
  })

  it('may be of a namespace of their own', async () => {
    await create(coreTarget('namespaces'), 'rules')
    await limit('limits', '1', {}, 'rules')
    await bind('limited', {
      paramRef: { name: 'limits', namespace: 'rules', parameterNotFoundAction: 'Deny' },
    })
    expect(await failure(secret('b', 2))).toContain('denied request: at most 1')
  })

  it('are null where a binding has none', async () => {
    await bind('limited')
    expect(await failure(secret('b', 2))).toContain(`expression '${expression}' resulted in error`)
  })
})

it('warns and audits instead of refusing where the binding says so', async () => {
  await policy('q', {
    validations: [{ expression: 'size(object.data) < 2', message: 'too much' }],
    auditAnnotations: [
      { key: 'size', valueExpression: 'string(size(object.data))' },
      { key: 'empty', valueExpression: "' '" },
    ],
  })
  await bind('q', { validationActions: ['Warn', 'Audit'] })
  const noted: Record<string, string> = {}
  const annotate = (name: string, value: string) => {
    noted[name] = value
  }
  const { warnings } = await api.handle({
    user: { username: 'u', groups: ['system:masters'] },
    verb: 'create',
    ...configMaps,
    body: { metadata: { name: 'x' }, data: { a: '1', b: '2' } },
    options: {},
    annotate,
  })
  expect(warnings).toEqual([
    "Validation failed for ValidatingAdmissionPolicy 'q' with binding 'everywhere': too much",
  ])
  expect(noted['q/size']).toBe('2')
  expect(Object.keys(noted)).toHaveLength(2)
  expect(JSON.parse(noted['validation.policy.admission.k8s.io/validation_failure'] ?? '')).toEqual([
    {
      message: 'too much',
      policy: 'q',
      binding: 'everywhere',
      expressionIndex: 0,
      validationActions: ['Warn', 'Audit'],
    },
  ])
})

it('tells who is refused by one policy of what another warns of', async () => {
  await policy('warning', requires('false'))
  await policy('denying', requires('false'))
  await bind('warning', { validationActions: ['Warn'] }, 'w')
  await bind('denying', {}, 'd')
  const error = await configMap('x').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApiError)
  expect((error as ApiError).warnings).toEqual([
    "Validation failed for ValidatingAdmissionPolicy 'warning' with binding 'w': failed expression: false",
  ])
})

it('follows its policies: what is changed counts for the next request', async () => {
  await policy('p', requires('false'))
  await bind('p')
  expect(await failure(configMap('x'))).toContain('denied')
  await ask(policies, 'patch', 'p', { patchType: 'merge', body: { spec: requires('true') } })
  await configMap('x')
  await ask(bindings, 'patch', 'everywhere', {
    patchType: 'merge',
    body: { spec: { matchResources: { objectSelector: { matchLabels: { a: 'b' } } } } },
  })
  await ask(policies, 'patch', 'p', { patchType: 'merge', body: { spec: requires('false') } })
  await configMap('y')
  expect(await failure(configMap('z', {}, { labels: { a: 'b' } }))).toContain('denied')
})

it('is not asked about policies, so that one that refuses everything can be removed', async () => {
  await policy('p', {
    matchConstraints: {
      resourceRules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }],
    },
    ...requires('false'),
  })
  await bind('p')
  expect(await failure(configMap('x'))).toContain('denied')
  await ask(policies, 'delete', 'p')
  await configMap('x')
})

it('writes into the status what type checks find, once for each generation', async () => {
  const spec = requires('object.nothing == 1')
  await policy('p', spec)
  const settled = (generation: number) =>
    vi.waitFor(
      async () => {
        const { status } = await ask(policies, 'get', 'p')
        expect(status?.observedGeneration).toBe(generation)
        return status
      },
      { timeout: 20_000 },
    )
  expect(await settled(1)).toEqual({
    observedGeneration: 1,
    typeChecking: {
      expressionWarnings: [
        {
          fieldRef: 'spec.validations[0].expression',
          warning:
            "/v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'nothing'\n | object.nothing == 1\n | ......^\n",
        },
      ],
    },
  })
  await ask(policies, 'patch', 'p', { patchType: 'merge', body: { spec: requires('true') } })
  expect(await settled(2)).toEqual({ observedGeneration: 2, typeChecking: {} })
})
