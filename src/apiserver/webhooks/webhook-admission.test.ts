import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { type KeyPair, makeAuthority, makeLeaf } from '../http/certificates.ts'
import { asking, coreTarget, deployment, type Target } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
const clock = new RealClock()
let authority: KeyPair
let pair: KeyPair
beforeAll(() => {
  authority = makeAuthority(clock)
  pair = makeLeaf(authority, clock, {
    subject: [['CN', 'hook']],
    names: ['localhost', '127.0.0.1', 'hook.default.svc'],
  })
})

interface Review {
  apiVersion: string
  kind: string
  request: Record<string, unknown> & {
    uid: string
    name: string
    object: { metadata: { labels?: Record<string, string> } }
  }
}
type Answer = (review: Review, path: string) => unknown

let api: ApiServer
let server: Server
let answer: Answer
const seen: { path: string; review: Review }[] = []
const { ask, create } = asking(() => api)

beforeEach(async () => {
  api = await createApiServer({ clock, log, storage: 'memory' })
  seen.length = 0
  server = createServer({ key: pair.key, cert: pair.certificate }, (request, response) => {
    let text = ''
    request.on('data', chunk => {
      text += chunk
    })
    request.on('end', () => {
      const review = JSON.parse(text) as Review
      const path = request.url ?? ''
      seen.push({ path, review })
      const given = answer(review, path)
      if (given === 'hang') return
      response.setHeader('content-type', 'application/json')
      response.end(typeof given === 'string' ? given : JSON.stringify(given))
    })
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

const configMaps = coreTarget('configmaps', 'default')
const target = (plural: string): Target => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
})
const port = () => (server.address() as AddressInfo).port
const hook = (name: string, more: object = {}) => ({
  name: `${name}.example.com`,
  clientConfig: {
    url: `https://localhost:${port()}/${name}`,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
  },
  rules: [
    {
      operations: ['CREATE', 'UPDATE', 'DELETE'],
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: ['configmaps'],
    },
  ],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...more,
})
const configure = (plural: string, name: string, ...webhooks: object[]) =>
  create(target(plural), name, { webhooks })
const mutating = (...webhooks: object[]) => configure('mutatingwebhookconfigurations', 'm', ...webhooks)
const validating = (...webhooks: object[]) => configure('validatingwebhookconfigurations', 'v', ...webhooks)

const asked = () => seen.map(({ path }) => path.split('?')[0]).sort()

const respond = ({ request: { uid }, apiVersion }: Review, response: object) => ({
  apiVersion,
  kind: 'AdmissionReview',
  response: { uid, allowed: true, ...response },
})
const patching = (review: Review, ...operations: object[]) =>
  respond(review, {
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
  })
const failure = async (asked: Promise<unknown>) => {
  try {
    await asked
  } catch (error) {
    const { code, message } = error as { code: number; message: string }
    return `${code} ${message}`
  }
  return 'no failure'
}

it('shows a validating webhook the request and lets its refusal through', async () => {
  answer = review =>
    review.request.name === 'bad'
      ? respond(review, { allowed: false, status: { code: 403, message: 'no bad ones' } })
      : respond(review, { warnings: ['mind the gap'] })
  await validating(hook('check'))
  const response = await api.handle({
    user: { username: 'ann', uid: '7', groups: ['crew'], extra: { scope: ['a'] } },
    verb: 'create',
    name: 'good',
    options: { fieldManager: 'me' },
    ...configMaps,
    body: { metadata: { name: 'good' } },
  })
  expect(response.warnings).toEqual(['mind the gap'])
  expect(seen[0]?.path).toBe('/check?timeout=10s')
  expect(seen[0]?.review).toMatchObject({
    apiVersion: 'admission.k8s.io/v1',
    request: {
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { kind: 'ConfigMap' },
      name: 'good',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'ann', uid: '7', groups: ['crew'], extra: { scope: ['a'] } },
      object: { kind: 'ConfigMap', metadata: { name: 'good' } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
    },
  })
  expect(await failure(create(configMaps, 'bad'))).toBe(
    '403 admission webhook "check.example.com" denied the request: no bad ones',
  )
  await ask(configMaps, 'delete', 'good')
  expect(seen.at(-1)?.review.request).toMatchObject({
    operation: 'DELETE',
    object: null,
    oldObject: { metadata: { name: 'good' } },
  })
})

it('applies the patches of mutating webhooks in order, and asks again whoever wants to see later changes', async () => {
  answer = (review, path) => {
    const labels = review.request.object.metadata.labels ?? {}
    if (path.startsWith('/first'))
      return patching(review, { op: 'add', path: '/metadata/labels', value: { ...labels, first: 'yes' } })
    return labels.second
      ? respond(review, {})
      : patching(review, { op: 'add', path: '/metadata/labels/second', value: 'yes' })
  }
  await mutating(hook('first', { reinvocationPolicy: 'IfNeeded' }), hook('second'))
  const made = await create(configMaps, 'a')
  expect(made.metadata.labels).toEqual({ first: 'yes', second: 'yes' })
  expect(seen.map(({ path }) => path.split('?')[0])).toEqual(['/first', '/second', '/first'])
})

it('shows mutating webhooks a new object before it has a name and an identity, validating ones afterwards', async () => {
  answer = review => respond(review, {})
  await mutating(hook('first'))
  await validating(hook('check'))
  const made = await ask(configMaps, 'create', undefined, { body: { metadata: { generateName: 'web-' } } })
  const shown = Object.fromEntries(seen.map(({ path, review }) => [path.split('?')[0], review.request]))
  expect(shown['/first']).not.toHaveProperty('name')
  expect(shown['/first']?.object.metadata).toMatchObject({ generateName: 'web-', namespace: 'default' })
  for (const field of ['name', 'uid']) expect(shown['/first']?.object.metadata).not.toHaveProperty(field)
  const { name, uid } = made.metadata
  expect(shown['/check']).toMatchObject({ name, object: { metadata: { name, uid, generateName: 'web-' } } })
})

it('lets no patch change what identifies an object', async () => {
  let change: object = { op: 'add', path: '/metadata/uid', value: 'mine' }
  answer = review => patching(review, change)
  await mutating(hook('patching'))
  const made = await create(configMaps, 'a')
  expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
  change = { op: 'replace', path: '/metadata/name', value: 'b' }
  const changed = await ask(configMaps, 'patch', 'a', { body: { data: { k: 'v' } } })
  expect(changed.metadata).toMatchObject({ name: 'a', uid: made.metadata.uid })
  change = { op: 'replace', path: '/metadata/namespace', value: 'kube-system' }
  expect(await failure(create(configMaps, 'c'))).toMatch(/^400 the namespace of the provided object/)
  change = { op: 'remove', path: '/metadata' }
  expect(await failure(create(configMaps, 'c'))).toMatch(/^500 .*it leaves no object/)
})

it('does not call webhooks whose rules or selectors mean others', async () => {
  answer = review => respond(review, {})
  await validating(
    hook('labelled', { objectSelector: { matchLabels: { watched: 'yes' } } }),
    hook('elsewhere', {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
    }),
    hook('pods', {
      rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    }),
  )
  await create(configMaps, 'plain')
  expect(seen).toEqual([])
  await create(configMaps, 'watched', { metadata: { labels: { watched: 'yes' } } })
  await create(coreTarget('configmaps', 'kube-system'), 'there')
  expect(asked()).toEqual(['/elsewhere', '/labelled'])
})

it('sends another version of the resource where the rule names that', async () => {
  answer = review => respond(review, {})
  await validating(
    hook('old', {
      rules: [
        {
          operations: ['CREATE'],
          apiGroups: ['autoscaling'],
          apiVersions: ['v1'],
          resources: ['horizontalpodautoscalers'],
        },
      ],
    }),
  )
  await create(
    { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers', namespace: 'default' },
    'web',
    { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } },
  )
  expect(seen[0]?.review.request).toMatchObject({
    kind: { version: 'v1' },
    requestKind: { version: 'v2' },
    object: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 3 } },
  })
})

it.each<[string, Answer, RegExp]>([
  ['garbage', () => '<html>', /the answer is not JSON/],
  ['no response', () => ({}), /received invalid webhook response: webhook response was absent/],
  ['another uid', review => respond(review, { uid: 'x' }), /expected response.uid=/],
  [
    'a patch that does not apply',
    review => patching(review, { op: 'remove', path: '/nothing/there' }),
    /the patch of webhook "m.example.com" cannot be applied/,
  ],
  [
    'a patch without its type',
    review => respond(review, { patch: 'W10=' }),
    /response.patch but not response.patchType/,
  ],
  ['silence', () => 'hang', /context deadline exceeded/],
])('names the webhook that answers with %s', async (_what, given, expected) => {
  answer = given
  await mutating(hook('m', { timeoutSeconds: 1 }))
  const failed = await failure(create(configMaps, 'a'))
  expect(failed).toMatch(/^500 Internal error occurred: /)
  expect(failed).toMatch(/"m.example.com"/)
  expect(failed).toMatch(expected)
  expect(await failure(ask(configMaps, 'get', 'a'))).toMatch(/^404/)
})

it('goes on without a webhook that fails where its policy says so', async () => {
  answer = () => '<html>'
  await mutating(hook('m', { failurePolicy: 'Ignore' }))
  await validating(hook('v', { failurePolicy: 'Ignore' }))
  expect((await create(configMaps, 'a')).metadata.name).toBe('a')
  expect(seen).toHaveLength(2)
})

it('never shows webhooks their own configuration', async () => {
  answer = review => respond(review, { allowed: false })
  await validating(
    hook('v', { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] }),
  )
  expect(await failure(create(configMaps, 'a'))).toBe(
    '400 admission webhook "v.example.com" denied the request without explanation',
  )
  await ask(target('validatingwebhookconfigurations'), 'delete', 'v')
  await create(configMaps, 'a')
})

it('asks only where the match conditions hold, and lets errors in them fall by the failure policy', async () => {
  answer = review => respond(review, {})
  const conditions = (...expressions: string[]) => ({
    matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
  })
  await validating(
    hook('mine', conditions('request.userInfo.username == "test"', 'object.metadata.name.startsWith("a")')),
    hook('admins', conditions('authorizer.group("").resource("secrets").check("get").allowed()')),
    hook('broken', { ...conditions('object.spec.nothing == 1'), failurePolicy: 'Ignore' }),
    hook('false-counts', conditions('object.spec.nothing == 1', 'false')),
  )
  await create(configMaps, 'a')
  await create(configMaps, 'b')
  // Validating webhooks are asked at the same time.
  expect(asked()).toEqual(['/admins', '/admins', '/mine'])
  await configure(
    'validatingwebhookconfigurations',
    'strict',
    hook('strict', conditions('object.spec.nothing == 1')),
  )
  expect(await failure(create(configMaps, 'c'))).toBe(
    `403 configmaps "c" is forbidden: expression 'object.spec.nothing == 1' resulted in error: no such key: spec`,
  )
})

it('refuses configurations that cannot work, with the field', async () => {
  const refused = await failure(
    validating(
      hook('v', {
        name: 'short',
        clientConfig: { url: 'http://ann@host/x?y=1' },
        sideEffects: 'Some',
        timeoutSeconds: 31,
        rules: [
          { operations: ['*', 'CREATE'], apiGroups: [], apiVersions: ['v1'], resources: ['*', 'pods'] },
        ],
        matchConditions: [
          { name: 'c', expression: 'object.' },
          { name: 'c', expression: '1 + 1' },
        ],
      }),
    ),
  )
  for (const field of [
    'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots',
    `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme`,
    'webhooks[0].clientConfig.url: Invalid value: "ann": user information is not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "y=1": query parameters are not permitted in the URL',
    'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    'webhooks[0].timeoutSeconds: Invalid value: 31',
    `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
    'webhooks[0].rules[0].apiGroups: Required value',
    'webhooks[0].matchConditions[0].expression: Invalid value: "object.": compilation failed: ERROR: <input>:1:8',
    'webhooks[0].matchConditions[1].name: Duplicate value: "c"',
    'webhooks[0].matchConditions[1].expression: Invalid value: "1 + 1": must evaluate to bool but got int',
  ])
    expect(refused).toContain(field)
})

it('trusts the bundle only, and says so', async () => {
  answer = review => respond(review, {})
  const strange = Buffer.from(makeAuthority(clock).certificate).toString('base64')
  await validating(hook('v', { clientConfig: { url: `https://localhost:${port()}/v`, caBundle: strange } }))
  expect(await failure(create(configMaps, 'a'))).toMatch(/x509: certificate signed by unknown authority/)
  expect(seen).toEqual([])
})

it('finds a Service by its ready endpoints', async () => {
  answer = review => respond(review, {})
  const clientConfig = {
    service: { namespace: 'default', name: 'hook', path: '/here', port: 8443 },
    caBundle: Buffer.from(authority.certificate).toString('base64'),
  }
  await validating(hook('v', { clientConfig }))
  expect(await failure(create(configMaps, 'a'))).toMatch(
    /Post "https:\/\/hook.default.svc:8443\/here\?timeout=10s": service "hook" not found/,
  )
  await create(coreTarget('services', 'default'), 'hook', {
    spec: { ports: [{ name: 'https', port: 8443, targetPort: 9 }] },
  })
  expect(await failure(create(configMaps, 'a'))).toMatch(/no endpoints available for service "hook"/)
  await create(
    { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', namespace: 'default' },
    'hook-1',
    {
      metadata: { labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port: port() }],
      endpoints: [
        { addresses: ['127.0.0.9'], conditions: { ready: false } },
        { addresses: ['127.0.0.1'], conditions: { ready: true } },
      ],
    },
  )
  await create(configMaps, 'a')
  expect(seen[0]?.path).toBe('/here?timeout=10s')
})

it('tells the audit log what webhooks say, change and fail at', async () => {
  answer = (review, path) => {
    if (path.startsWith('/broken')) return 'no JSON'
    const said = { auditAnnotations: { 'looked-at': 'twice', 'no/good/key': 'x' } }
    const add = { op: 'add', path: '/metadata/labels', value: { a: 'b' } }
    const given = path.startsWith('/label') ? patching(review, add) : respond(review, {})
    return { ...given, response: { ...given.response, ...said } }
  }
  await mutating(hook('look'), hook('broken', { failurePolicy: 'Ignore' }), hook('label'))
  await validating(hook('other', { rules: [] }), hook('broken', { failurePolicy: 'Ignore' }))
  const annotations = new Map<string, string>()
  await api.handle({
    user: { username: 'ann', groups: ['system:masters'] },
    verb: 'create',
    name: 'one',
    options: {},
    ...configMaps,
    body: { metadata: { name: 'one' } },
    annotate: (name, value, level) => annotations.set(`${name}${level ? ` at ${level}` : ''}`, value),
  })
  const at = (webhook: string, more: object) =>
    JSON.stringify({ configuration: 'm', webhook: `${webhook}.example.com`, ...more })
  const patch = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }]
  expect(Object.fromEntries(annotations)).toEqual({
    'look.example.com/looked-at': 'twice',
    'label.example.com/looked-at': 'twice',
    'mutation.webhook.admission.k8s.io/round_0_index_0': at('look', { mutated: false }),
    'failed-open.mutation.webhook.admission.k8s.io/round_0_index_1': 'broken.example.com',
    'mutation.webhook.admission.k8s.io/round_0_index_1': at('broken', { mutated: false }),
    'mutation.webhook.admission.k8s.io/round_0_index_2': at('label', { mutated: true }),
    'patch.webhook.admission.k8s.io/round_0_index_2 at Request': at('label', {
      patch,
      patchType: 'JSONPatch',
    }),
    'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'broken.example.com',
  })
})

it('lets a webhook change no status with the object, and nothing else with a status', async () => {
  const rules = [
    {
      operations: ['UPDATE'],
      apiGroups: ['apps'],
      apiVersions: ['v1'],
      resources: ['deployments', 'deployments/status'],
    },
  ]
  answer = review =>
    patching(
      review,
      { op: 'replace', path: '/spec/replicas', value: 7 },
      { op: 'add', path: '/status/replicas', value: 5 },
    )
  const deployments: Target = { group: 'apps', version: 'v1', plural: 'deployments', namespace: 'default' }
  await create(deployments, 'web', deployment(1))
  await mutating(hook('both', { rules }))
  const changed = await ask({ ...deployments, subresource: 'status' }, 'patch', 'web', {
    patchType: 'merge',
    body: { status: { observedGeneration: 1 } },
  })
  expect(changed).toMatchObject({
    metadata: { generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 5 },
  })
  const scaled = await ask(deployments, 'patch', 'web', {
    patchType: 'merge',
    body: { spec: { paused: true } },
  })
  expect(scaled).toMatchObject({ spec: { replicas: 7, paused: true }, status: { replicas: 5 } })
})
