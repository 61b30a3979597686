import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget as core, deployment, failure, pod, type Target } from '../testing.ts'
import { makeCertificateRequest } from '../http/testing.ts'

const log = { info() {}, warn() {}, error() {} }
const user = { username: 'test', groups: ['system:masters'] }
const admission: AdmissionPlugin[] = []
let api: ApiServer
beforeEach(async () => {
  admission.length = 0
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory', admission })
})
afterEach(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const configMaps = core('configmaps', 'default')
const pods = core('pods', 'default')
const services = core('services', 'default')
const namespaces = core('namespaces')
const deployments: Target = { group: 'apps', version: 'v1', plural: 'deployments', namespace: 'default' }

describe('create', () => {
  it('fills in what identifies an object', async () => {
    const object = await ask(configMaps, 'create', undefined, {
      body: { metadata: { generateName: 'web-' } },
    })
    expect(object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' })
    expect(object.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(object.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(object.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z')
  })

  it.each([
    [
      'a missing namespace',
      core('configmaps', 'nowhere'),
      {},
      '404 NotFound: namespaces "nowhere" not found',
    ],
    [
      'another namespace',
      configMaps,
      { metadata: { namespace: 'kube-system' } },
      '400 BadRequest: the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'another kind',
      configMaps,
      { kind: 'Secret' },
      '400 BadRequest: the kind in the data (Secret) does not match the expected kind (ConfigMap)',
    ],
    [
      'another version',
      configMaps,
      { apiVersion: 'v2' },
      '400 BadRequest: the API version in the data (v2) does not match the expected API version (v1)',
    ],
    [
      'a resourceVersion',
      configMaps,
      { metadata: { resourceVersion: '1' } },
      '400 BadRequest: resourceVersion should not be set on objects to be created',
    ],
    [
      'a name that is none',
      configMaps,
      { metadata: { name: 'A b' } },
      /^422 Invalid: ConfigMap "A b" is invalid: metadata.name: Invalid value: "A b": a lowercase RFC 1123 subdomain/,
    ],
    ['no name', configMaps, { metadata: { name: '' } }, /^422 Invalid: .*metadata.name: Required value/],
    [
      'a job without a template',
      { ...core('jobs', 'default'), group: 'batch' },
      { spec: {} },
      /^422 Invalid/,
    ],
    [
      'a definition without anything',
      { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' },
      { spec: {} },
      /^422 Invalid/,
    ],
    [
      'a resource that is not served',
      core('nothings', 'default'),
      {},
      '404 NotFound: the server could not find the requested resource',
    ],
  ])('refuses %s', async (_, target, body, expected) => {
    const found = await failure(create(target, 'a', body))
    if (typeof expected === 'string') expect(found).toBe(expected)
    else expect(found).toMatch(expected)
  })

  it('refuses a second object of a name', async () => {
    await create(configMaps, 'a')
    expect(await failure(create(configMaps, 'a'))).toBe('409 AlreadyExists: configmaps "a" already exists')
  })

  it('drops a namespace where there are none, and looks at versions of new objects only where it keeps them', async () => {
    const made = await create(namespaces, 'shop', { metadata: { namespace: 'default' } })
    expect(made.metadata.namespace).toBeUndefined()
    const tried = await create(configMaps, 'a', { metadata: { resourceVersion: '1' } }, { dryRun: true })
    expect(tried.metadata.resourceVersion).toBeUndefined()
  })

  it('only tries when it is a dry run', async () => {
    const tried = await create(services, 'a', { spec: { ports: [{ port: 80 }] } }, { dryRun: true })
    expect(tried.spec.clusterIP).toMatch(/^127\.128\./)
    expect(await failure(ask(services, 'get', 'a'))).toMatch(/^404/)
  })
})

describe('update', () => {
  it('is refused when somebody else was faster, and keeps what no client may change', async () => {
    const first = await create(configMaps, 'a', { data: { k: '1' } })
    const copy = { ...structuredClone(first), data: { k: '2' } }
    copy.metadata.creationTimestamp = '2000-01-01T00:00:00Z'
    const second = await ask(configMaps, 'update', 'a', { body: copy })
    expect(second.data).toEqual({ k: '2' })
    expect(second.metadata).toMatchObject({
      uid: first.metadata.uid,
      creationTimestamp: first.metadata.creationTimestamp,
    })
    expect(await failure(ask(configMaps, 'update', 'a', { body: structuredClone(first) }))).toBe(
      '409 Conflict: Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    )
  })

  it('separates spec and status, and counts generations', async () => {
    await create(deployments, 'web', { ...deployment(), status: { replicas: 7 } })
    const body = { spec: { replicas: 5 }, status: { replicas: 1 } }
    const status = await ask({ ...deployments, subresource: 'status' }, 'patch', 'web', {
      body: structuredClone(body),
    })
    expect([status.spec.replicas, status.status, status.metadata.generation]).toEqual([1, { replicas: 1 }, 1])
    const spec = await ask(deployments, 'patch', 'web', { body: { ...body, status: { replicas: 9 } } })
    expect([spec.spec.replicas, spec.status, spec.metadata.generation]).toEqual([5, { replicas: 1 }, 2])
  })

  it('notes who set which fields', async () => {
    await create(configMaps, 'a', { data: { k: '1' } }, { fieldManager: 'one' })
    const object = await ask(configMaps, 'patch', 'a', {
      body: { data: { l: '2' } },
      options: { fieldManager: 'two' },
    })
    expect(object.metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ['one', { 'f:data': { '.': {}, 'f:k': {} } }],
      ['two', { 'f:data': { 'f:l': {} } }],
    ])
  })

  it('tries a patch again until it fits, so that none is lost', async () => {
    await create(configMaps, 'a')
    // Admission that waits lets other writers in between reading and writing.
    admission.push({ name: 'slow', handles: () => true, mutate: () => Promise.resolve() })
    const writers = Array.from({ length: 8 }, (_, index) =>
      ask(configMaps, 'patch', 'a', { body: { data: { [`k${index}`]: 'x' } } }),
    )
    await Promise.all(writers)
    expect(Object.keys((await ask(configMaps, 'get', 'a')).data as object)).toHaveLength(8)
  })
})

describe('apply', () => {
  const apply = (name: string, body: object, options: object) =>
    ask(configMaps, 'patch', name, {
      patchType: 'apply',
      body: { apiVersion: 'v1', kind: 'ConfigMap', ...body },
      options,
    })

  it('creates, merges, refuses conflicts and takes over by force', async () => {
    await apply('a', { data: { k: '1' } }, { fieldManager: 'one' })
    await apply('a', { data: { l: '1' } }, { fieldManager: 'two' })
    expect((await ask(configMaps, 'get', 'a')).data).toEqual({ k: '1', l: '1' })
    expect(await failure(apply('a', { data: { k: '2' } }, { fieldManager: 'two' }))).toBe(
      '409 Conflict: Apply failed with 1 conflict: conflict with "one": .data.k',
    )
    await apply('a', { data: { k: '2' } }, { fieldManager: 'two', force: true })
    expect((await ask(configMaps, 'get', 'a')).data).toEqual({ k: '2' })
    const { revision } = api
    await apply('a', { data: { k: '2' } }, { fieldManager: 'two' })
    expect(api.revision).toBe(revision)
  })
})

describe('what upstream clients rely on', () => {
  it('keeps owners when the last owned field of the metadata goes', async () => {
    const apply = (metadata: object) =>
      ask(configMaps, 'patch', 'a', {
        patchType: 'apply',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ...metadata }, data: { k: '1' } },
        options: { fieldManager: 'one' },
      })
    await apply({ annotations: { x: 'y' } })
    const { metadata } = await apply({})
    expect([metadata.annotations, metadata.managedFields?.map(({ manager }) => manager)]).toEqual([
      undefined,
      ['one'],
    ])
  })

  it('reads what is not there as Go does', async () => {
    const bare = create(pods, 'bare', {})
    expect(await failure(bare)).toMatch(
      /^422 Invalid: Pod "bare" is invalid: spec.containers: Required value/,
    )
    const labels = { a: null } as unknown as Record<string, string>
    expect((await create(configMaps, 'l', { metadata: { labels } })).metadata.labels).toEqual({ a: '' })
  })

  it('takes a new node with its status', async () => {
    const nodes = core('nodes')
    const status = { capacity: { cpu: '4' } }
    expect((await create(nodes, 'n', { status })).status).toMatchObject(status)
  })

  it('takes annotations along with a status', async () => {
    await create(deployments, 'web', deployment())
    const body = { metadata: { annotations: { a: 'b' } }, status: { replicas: 1 } }
    const patched = await ask({ ...deployments, subresource: 'status' }, 'patch', 'web', { body })
    expect(patched.metadata.annotations).toEqual({ a: 'b' })
  })

  it('takes revision 0 in an update for none', async () => {
    await create(configMaps, 'a')
    const body = { metadata: { name: 'a', resourceVersion: '0' }, data: { k: '1' } }
    expect((await ask(configMaps, 'update', 'a', { body })).data).toEqual({ k: '1' })
  })

  it('approves a signing request by its conditions alone', async () => {
    const requests = { group: 'certificates.k8s.io', version: 'v1', plural: 'certificatesigningrequests' }
    const request = Buffer.from(makeCertificateRequest({ commonName: 'foo' }).pem).toString('base64')
    const spec = { request, signerName: 'example.com/x', usages: ['client auth'] }
    const made = await create(requests, 'foo', { spec })
    const conditions = [{ type: 'Approved', status: 'True' }]
    const body = { ...structuredClone(made), status: { conditions, certificate: 'AQ==' } }
    const approved = await ask({ ...requests, subresource: 'approval' }, 'update', 'foo', { body })
    const time = '2026-01-01T00:00:00Z'
    expect(approved.status).toEqual({
      conditions: [{ type: 'Approved', status: 'True', lastUpdateTime: time, lastTransitionTime: time }],
    })
  })
})

it('leaves the pods of a Job, and says so, where a deletion does not say what becomes of them', async () => {
  const jobs = { group: 'batch', version: 'v1', plural: 'jobs', namespace: 'default' }
  const containers = [{ name: 'c', image: 'x' }]
  for (const name of ['a', 'b'])
    await create(jobs, name, {
      spec: { template: { spec: { containers: structuredClone(containers), restartPolicy: 'Never' } } },
    })
  const user = { username: 'u', groups: ['system:masters'] }
  const remove = (name: string, options: object) =>
    api.handle({ user, verb: 'delete', ...jobs, name, options })
  const { warnings } = await remove('a', {})
  expect(warnings[0]).toMatch(/^child pods are preserved by default when jobs are deleted/)
  expect((await ask(jobs, 'get', 'a')).metadata.finalizers).toEqual(['orphan'])
  expect((await remove('b', { propagationPolicy: 'Background' })).warnings).toEqual([])
  expect((await ask(jobs, 'list')).items).toHaveLength(1)
})

describe('delete', () => {
  it('waits for finalizers', async () => {
    await create(configMaps, 'a', { metadata: { finalizers: ['example.com/hold'] } })
    const marked = await ask(configMaps, 'delete', 'a')
    expect(marked.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z')
    await ask(configMaps, 'patch', 'a', { body: { metadata: { finalizers: [] } } })
    expect(await failure(ask(configMaps, 'get', 'a'))).toMatch(/^404/)
  })

  it('gives a pod that runs time to end, and none to one that does not', async () => {
    await create(pods, 'idle', pod())
    await ask(pods, 'delete', 'idle')
    expect(await failure(ask(pods, 'get', 'idle'))).toMatch(/^404/)
    await create(pods, 'runs', pod({ nodeName: 'n', terminationGracePeriodSeconds: 20 }))
    const marked = await ask(pods, 'delete', 'runs')
    expect(marked.metadata).toMatchObject({
      deletionGracePeriodSeconds: 20,
      deletionTimestamp: '2026-01-01T00:00:20Z',
    })
    await ask(pods, 'delete', 'runs', { options: { gracePeriodSeconds: 5 } })
    expect((await ask(pods, 'get', 'runs')).metadata.deletionGracePeriodSeconds).toBe(5)
    await ask(pods, 'delete', 'runs', { options: { gracePeriodSeconds: 0 } })
    expect(await failure(ask(pods, 'get', 'runs'))).toMatch(/^404/)
  })

  it('keeps to its preconditions', async () => {
    await create(configMaps, 'a')
    const refusal = (preconditions: object) =>
      failure(ask(configMaps, 'delete', 'a', { options: { preconditions } }))
    expect(await refusal({ uid: 'other' })).toMatch(
      /^409 Conflict: Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition \(other\) does not match the UID in record/,
    )
    expect(await refusal({ resourceVersion: '1' })).toMatch(
      /on ConfigMap "a": the ResourceVersion in the precondition \(1\) does not match/,
    )
  })

  it.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ] as const)('%s leaves the object to the garbage collector', async (propagationPolicy, finalizer) => {
    await create(deployments, 'web', deployment())
    const marked = await ask(deployments, 'delete', 'web', { options: { propagationPolicy } })
    expect(marked.metadata.finalizers).toEqual([finalizer])
  })

  it('ends a namespace when its content is gone', async () => {
    await create(namespaces, 'team')
    const marked = await ask(namespaces, 'delete', 'team')
    expect([marked.status.phase, marked.spec.finalizers]).toEqual(['Terminating', ['kubernetes']])
    expect(await failure(create(core('configmaps', 'team'), 'late'))).toMatch(
      /^403 Forbidden: .*because it is being terminated/,
    )
    await ask({ ...namespaces, subresource: 'finalize' }, 'update', 'team', {
      body: { ...structuredClone(marked), spec: { finalizers: [] } },
    })
    expect(await failure(ask(namespaces, 'get', 'team'))).toMatch(/^404/)
    expect(await failure(ask(namespaces, 'delete', 'default'))).toMatch(/^403/)
  })

  it('deletes collections by selector', async () => {
    await create(configMaps, 'a', { metadata: { labels: { x: '1' } } })
    await create(configMaps, 'b')
    await ask(configMaps, 'deletecollection', undefined, { options: { labelSelector: 'x=1' } })
    expect((await ask(configMaps, 'list', undefined)).items.map(item => item.metadata.name)).toEqual(['b'])
  })
})

describe('admission', () => {
  it('changes and refuses, and is told what is written', async () => {
    const seen: string[] = []
    admission.push({
      name: 'test',
      handles: ({ kind }) => kind.plural === 'configmaps',
      mutate({ object, operation }) {
        seen.push(operation)
        if (object) object.metadata.labels = { stamped: 'yes' }
      },
      validate({ operation, name }) {
        if (operation === 'DELETE' && name === 'kept')
          throw Object.assign(new Error('never'), { code: 403, reason: 'Forbidden' })
        return ['mind the gap']
      },
    })
    const response = await api.handle({
      user,
      verb: 'create',
      options: {},
      ...configMaps,
      name: 'kept',
      body: { metadata: { name: 'kept' } },
    })
    expect(response.warnings).toEqual(['mind the gap'])
    expect((response.body as KubeObject).metadata.labels).toEqual({ stamped: 'yes' })
    expect(await failure(ask(configMaps, 'delete', 'kept'))).toBe('403 Forbidden: never')
    expect(seen).toEqual(['CREATE', 'DELETE'])
  })
})
