import { afterAll, beforeAll, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import type { Pod } from '../../kube/generated/core-v1.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { type Answer, asking, coreTarget, failure, pod } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeAll(async () => {
  api = await createApiServer({ clock: new RealClock(), log, storage: 'memory', tls: { storage: 'memory' } })
  await api.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const asPod = (answer: Answer) => answer as unknown as Pod

it('gives a pod the account, token and pull secrets, right after its namespace was made', async () => {
  await create(coreTarget('namespaces'), 'fresh')
  const made = asPod(await create(coreTarget('pods', 'fresh'), 'p', pod()))
  expect(made.spec.serviceAccountName).toBe('default')
  const [volume] = made.spec.volumes ?? []
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/)
  expect(volume?.projected?.sources).toMatchObject([
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt' } },
    { downwardAPI: {} },
  ])
  expect(made.spec.containers[0]?.volumeMounts).toEqual([
    { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ])
  const authority = await ask(coreTarget('configmaps', 'fresh'), 'get', 'kube-root-ca.crt')
  expect(JSON.stringify(authority.data)).toContain('BEGIN CERTIFICATE')
  const accounts = coreTarget('serviceaccounts', 'fresh')
  await ask(accounts, 'patch', 'default', {
    body: { automountServiceAccountToken: false, imagePullSecrets: [{ name: 'registry' }] },
  })
  const plain = asPod(await create(coreTarget('pods', 'fresh'), 'q', pod()))
  expect(plain.spec.volumes).toBeUndefined()
  expect(plain.spec.imagePullSecrets).toEqual([{ name: 'registry' }])
  const insists = asPod(
    await create(coreTarget('pods', 'fresh'), 'r', pod({ automountServiceAccountToken: true })),
  )
  expect(insists.spec.volumes).toHaveLength(1)
})

it('mounts nothing where a container mounts something of its own', async () => {
  const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
  const containers = [
    { name: 'own', image: 'x', volumeMounts: [{ name: 'v', mountPath }] },
    { name: 'other', image: 'x' },
  ]
  const made = asPod(
    await create(
      coreTarget('pods', 'default'),
      'own',
      pod({ containers, volumes: [{ name: 'v', emptyDir: {} }] }),
    ),
  )
  expect(made.spec.containers.map(({ volumeMounts }) => volumeMounts?.length)).toEqual([1, 1])
  expect(made.spec.containers[0]?.volumeMounts?.[0]?.name).toBe('v')
})

it('refuses an account that is not there, and restores what every namespace has', async () => {
  expect(
    await failure(create(coreTarget('pods', 'default'), 'lost', pod({ serviceAccountName: 'nobody' }))),
  ).toBe(
    '403 Forbidden: pods "lost" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  )
  expect(await failure(create(coreTarget('pods', 'nowhere'), 'lost', pod()))).toMatch(
    /^404 NotFound: namespaces/,
  )
  await ask(coreTarget('serviceaccounts', 'default'), 'delete', 'default')
  await ask(coreTarget('configmaps', 'default'), 'delete', 'kube-root-ca.crt')
  await expect
    .poll(() => failure(ask(coreTarget('serviceaccounts', 'default'), 'get', 'default')))
    .toBe('no failure')
  await expect
    .poll(() => failure(ask(coreTarget('configmaps', 'default'), 'get', 'kube-root-ca.crt')))
    .toBe('no failure')
})

it('calls a pod that has no name yet by how it will begin', async () => {
  const body = { metadata: { generateName: 'web-' }, ...pod({ serviceAccountName: 'nobody' }) }
  expect(await failure(ask(coreTarget('pods', 'default'), 'create', undefined, { body }))).toBe(
    '403 Forbidden: pods "web-" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  )
})
