import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, failure, pod } from '../testing.ts'

let api: ApiServer
beforeAll(async () => {
  api = await createApiServer({ clock: new RealClock(), log: silentLog, storage: 'memory' })
})
afterAll(() => api[Symbol.asyncDispose]())

const { ask, create: createWith } = asking(() => api)
// The server takes bodies over, and these share parts.
const create: typeof createWith = (target, name, body, options) =>
  createWith(target, name, structuredClone(body), options)
const pods = coreTarget('pods', 'default')
const target = (group: string, plural: string, namespace?: string) => ({
  group,
  version: 'v1',
  plural,
  namespace,
})
const classes = target('scheduling.k8s.io', 'priorityclasses')
const container = (resources: object, name = 'c') => ({ name, image: 'x', resources })

describe('Priority', () => {
  it('gives pods what their class says, and the default one to those that name none', async () => {
    expect((await create(pods, 'plain', pod())).spec).toMatchObject({
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    })
    await create(classes, 'high', { value: 1000, preemptionPolicy: 'Never' })
    expect((await create(pods, 'high', pod({ priorityClassName: 'high' }))).spec).toMatchObject({
      priority: 1000,
      preemptionPolicy: 'Never',
    })
    expect(
      (await create(pods, 'node', pod({ priorityClassName: 'system-node-critical' }))).spec['priority'],
    ).toBe(2_000_001_000)
    await create(classes, 'usual', { value: 5, globalDefault: true })
    expect((await create(pods, 'usual', pod())).spec).toMatchObject({
      priority: 5,
      priorityClassName: 'usual',
    })
    expect(await failure(create(classes, 'other', { value: 6, globalDefault: true }))).toBe(
      '403 Forbidden: priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    )
    await ask(classes, 'delete', 'usual')
  })
  it.each([
    [{ priorityClassName: 'none' }, 'no PriorityClass with name none was found'],
    [
      { priority: 7 },
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('refuses %j', async (spec, why) =>
    expect(await failure(create(pods, 'p', pod(spec)))).toBe(`403 Forbidden: pods "p" is forbidden: ${why}`),
  )
})

it('DefaultTolerationSeconds: pods outlast a short failure of their node', async () => {
  const own = {
    key: 'node.kubernetes.io/not-ready',
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 1,
  }
  const { spec } = await create(pods, 'tolerant', pod({ tolerations: [own] }))
  expect(spec['tolerations']).toEqual([
    own,
    {
      key: 'node.kubernetes.io/unreachable',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    },
  ])
})

it('RuntimeClass: overhead, node selector and tolerations', async () => {
  const toleration = { key: 'vm', operator: 'Exists' }
  await create(target('node.k8s.io', 'runtimeclasses'), 'vm', {
    handler: 'vm',
    overhead: { podFixed: { memory: '64Mi' } },
    scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [toleration] },
  })
  const { spec } = await create(pods, 'vm', pod({ runtimeClassName: 'vm' }))
  expect(spec).toMatchObject({ overhead: { memory: '64Mi' }, nodeSelector: { vm: 'yes' } })
  expect(spec['tolerations']).toContainEqual(toleration)
  const refused = (fields: object) => failure(create(pods, 'p', pod(fields)))
  expect(await refused({ runtimeClassName: 'none' })).toMatch('pod rejected: RuntimeClass "none" not found')
  expect(await refused({ runtimeClassName: 'vm', nodeSelector: { vm: 'no' } })).toMatch(
    'conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
  )
  expect(await refused({ overhead: { cpu: '1' } })).toMatch(
    'Pod Overhead set without corresponding RuntimeClass defined Overhead',
  )
})

describe('LimitRanger', () => {
  const limited = coreTarget('pods', 'limited')
  beforeAll(async () => {
    await create(coreTarget('namespaces'), 'limited')
    await create(coreTarget('limitranges', 'limited'), 'range', {
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '500m' },
            defaultRequest: { cpu: '250m' },
            max: { cpu: '2' },
            min: { cpu: '100m' },
            maxLimitRequestRatio: { cpu: '4' },
          },
          { type: 'Pod', max: { cpu: '3' } },
          { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
        ],
      },
    })
  })
  it('leaves what is no pod to validation', async () => {
    expect(await failure(create(limited, 'none', { spec: {} }))).toMatch(
      /^422 Invalid: .*spec.containers: Required/,
    )
  })
  it('sets defaults, and says that it did', async () => {
    const { spec, metadata } = await create(limited, 'defaulted', pod())
    expect(spec['containers']).toMatchObject([
      { resources: { requests: { cpu: '250m' }, limits: { cpu: '500m' } } },
    ])
    expect(metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    })
  })
  it.each([
    [
      { limits: { cpu: '3' }, requests: { cpu: '1' } },
      'maximum cpu usage per Container is 2, but limit is 3',
    ],
    [
      { limits: { cpu: '200m' }, requests: { cpu: '50m' } },
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      { limits: { cpu: '1' }, requests: { cpu: '200m' } },
      'cpu max limit to request ratio per Container is 4, but provided ratio is 5.000000',
    ],
  ])('refuses %j', async (resources, why) =>
    expect(await failure(create(limited, 'p', { spec: { containers: [container(resources)] } }))).toBe(
      `403 Forbidden: pods "p" is forbidden: ${why}`,
    ),
  )
  it('looks at pods as a whole, and at claims', async () => {
    const both = ['a', 'b'].map(name => container({ limits: { cpu: '2' }, requests: { cpu: '1' } }, name))
    expect(await failure(create(limited, 'p', { spec: { containers: both } }))).toMatch(
      'maximum cpu usage per Pod is 3, but limit is 4',
    )
    const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } } }
    expect(await failure(create(coreTarget('persistentvolumeclaims', 'limited'), 'c', claim))).toMatch(
      'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    )
  })
})

describe('ResourceQuota', () => {
  const quotas = coreTarget('resourcequotas', 'counted')
  const counted = coreTarget('pods', 'counted')
  const used = async () => (await ask(quotas, 'get', 'q')).status['used']
  beforeAll(async () => {
    await create(coreTarget('namespaces'), 'counted')
    const hard = { pods: '5', 'count/configmaps': '0' }
    await create(quotas, 'q', { spec: { hard } })
    // As its controller does.
    const status = { hard, used: { pods: '0', 'count/configmaps': '0' } }
    await ask({ ...quotas, subresource: 'status' }, 'patch', 'q', { body: { status }, patchType: 'merge' })
  })
  it('is not exceeded by writes at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const results = await Promise.all(names.map(name => failure(create(counted, name, pod()))))
    expect(results.filter(result => result === 'no failure')).toHaveLength(5)
    expect(results.at(-1)).toBe(
      '403 Forbidden: pods "p19" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5',
    )
    expect(await used()).toEqual({ pods: '5', 'count/configmaps': '0' })
  })
  it('is given back what was not written, and does not count dry runs', async () => {
    const reset = { status: { used: { pods: '1', 'count/configmaps': '0' } } }
    await ask({ ...quotas, subresource: 'status' }, 'patch', 'q', { body: reset, patchType: 'merge' })
    await create(counted, 'dry', pod(), { dryRun: true })
    expect(await used()).toMatchObject({ pods: '1' })
    const twice = await Promise.all(['same', 'same'].map(name => failure(create(counted, name, pod()))))
    expect(twice.sort()).toEqual(['409 AlreadyExists: pods "same" already exists', 'no failure'])
    expect(await used()).toMatchObject({ pods: '2' })
  })
  it('counts objects of any kind', async () =>
    expect(await failure(create(coreTarget('configmaps', 'counted'), 'c', {}))).toMatch(
      'exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=0, limited: count/configmaps=0',
    ))
})

describe('classes by default', () => {
  it('of claims and ingresses', async () => {
    const annotations = (name: string) => ({ metadata: { annotations: { [name]: 'true' } } })
    await create(target('storage.k8s.io', 'storageclasses'), 'fast', {
      ...annotations('storageclass.kubernetes.io/is-default-class'),
      provisioner: 'x',
    })
    await create(target('networking.k8s.io', 'ingressclasses'), 'edge', {
      ...annotations('ingressclass.kubernetes.io/is-default-class'),
      spec: { controller: 'example.com/edge' },
    })
    const claims = coreTarget('persistentvolumeclaims', 'default')
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    expect((await create(claims, 'a', { spec })).spec['storageClassName']).toBe('fast')
    expect(
      (await create(claims, 'b', { spec: { ...spec, storageClassName: '' } })).spec['storageClassName'],
    ).toBe('')
    const ingresses = target('networking.k8s.io', 'ingresses', 'default')
    const defaultBackend = { service: { name: 'web', port: { number: 80 } } }
    expect((await create(ingresses, 'i', { spec: { defaultBackend } })).spec['ingressClassName']).toBe('edge')
    const larger = { spec: { resources: { requests: { storage: '2Gi' } } } }
    const grow = () => failure(ask(claims, 'patch', 'a', { body: larger, patchType: 'merge' }))
    expect(await grow()).toMatch('spec is immutable after creation')
    const bound = { status: { phase: 'Bound' } }
    await ask({ ...claims, subresource: 'status' }, 'patch', 'a', { body: bound, patchType: 'merge' })
    expect(await grow()).toMatch('only dynamically provisioned pvc can be resized')
  })
})

it('holds volumes and claims that may be in use, and pods back from new nodes', async () => {
  const claims = coreTarget('persistentvolumeclaims', 'default')
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const { metadata } = await create(claims, 'held', { spec })
  expect(metadata.finalizers).toEqual(['kubernetes.io/pvc-protection'])
  const node = await create(coreTarget('nodes'), 'new', {})
  expect(node.spec['taints']).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
})

it('PodTopologyLabels: a bound pod knows its zone', async () => {
  const zone = { 'topology.kubernetes.io/zone': 'z1' }
  await create(coreTarget('nodes'), 'zoned', { metadata: { labels: { ...zone, other: 'x' } } })
  await create(pods, 'bound', pod())
  await create(coreTarget('bindings', 'default'), 'bound', { target: { kind: 'Node', name: 'zoned' } })
  const { spec, metadata } = await ask(pods, 'get', 'bound')
  expect(spec['nodeName']).toBe('zoned')
  expect(metadata.labels).toEqual(zone)
})

describe('certificates', () => {
  const requests = target('certificates.k8s.io', 'certificatesigningrequests')
  const spec = (request: string, signerName: string) => ({
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages: ['client auth'] },
  })
  // openssl req -new -newkey ed25519 -subj /O=system:masters/CN=eve
  const MASTERS = `-----BEGIN CERTIFICATE REQUEST-----
MIGmMFoCAQAwJzEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDDAKBgNVBAMMA2V2
ZTAqMAUGAytlcAMhAPLrdARh1iMJcw2SDQ0gJnjGcW9Ydg3+ZEdEE519V0C/oAAw
BQYDK2VwA0EAfhwC5XaS6VdyUfu62D7yWxquDnAtz3j8lWfBQC153sAUXo4R7ng+
9FelmjpXoKwlamBq1uf9rZGUcu1TkrzVDg==
-----END CERTIFICATE REQUEST-----`
  it('are not given to everybody’s master', async () => {
    expect(
      await failure(create(requests, 'eve', spec(MASTERS, 'kubernetes.io/kube-apiserver-client'))),
    ).toMatch('use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed')
    expect(await failure(create(requests, 'bob', spec(MASTERS, 'example.com/own')))).toBe('no failure')
  })
  it('are approved by those who may', async () => {
    const approve = (user: { username: string; groups: string[] }) => {
      const body = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] } }
      return failure(
        ask({ ...requests, subresource: 'approval' }, 'patch', 'bob', { body, patchType: 'merge', user }),
      )
    }
    expect(await approve({ username: 'mallory', groups: [] })).toMatch(
      'user not permitted to approve requests with signerName "example.com/own"',
    )
    expect(await approve({ username: 'root', groups: ['system:masters'] })).toBe('no failure')
  })
})
